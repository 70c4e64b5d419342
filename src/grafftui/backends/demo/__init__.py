"""The guided tour: a scripted model that drives the real core in a sample repository."""

from grafftui.backends.demo.model import TourModels
from grafftui.backends.demo.sample import make_sample_repository
from grafftui.backends.demo.script import PROMPTS, next_prompt

__all__ = ["PROMPTS", "TourModels", "make_sample_repository", "next_prompt"]
