"""The plugin of this project, for every test below.

It is named here because pytest takes `pytest_plugins` from the topmost conftest.py alone, and reads `-p` before it has
made `pythonpath` known.
"""

pytest_plugins = ["escapement.plugin"]
