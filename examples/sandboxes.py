"""A place to try things in: its own files, nothing of yours, no network."""

from grafftui import Graff

with Graff() as graff:
    sandbox = graff.create_sandbox(language="python", seed=True)
    try:
        sandbox.upload("import cart\nprint(cart.total([1, 2]))\n", "/workspace/try.py")
        ran = sandbox.exec("python3 -B try.py | tee out.txt", cwd="/workspace")
        print(ran["exitCode"], ran["result"].strip())
        print(sandbox.download("/workspace/out.txt"))
        for change in sandbox.diff():  # to the workspace it began with
            print(change["kind"], change["path"])
    finally:
        sandbox.destroy()
