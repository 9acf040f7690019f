"""Start, watch and stop what the product runs on, on a machine that has only Python.

Nothing here imports Django or a third-party package: the first steps run on the system's
interpreter, before the virtual environment exists. Modules, outermost first:

    run  suite  bench  check  lock  manage     one per make target, and the command launcher
    environment  supervise  gunicorn_conf      packages and front-end files; the programs
    stack  postgres  valkey  wait              the two embedded servers, and waiting for them
    config  places  osuser  answering  stamps  progress
"""
