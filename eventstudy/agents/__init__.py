"""Studies for agents: tools with typed arguments and answers, served in one folder.

`tools` names them, `arguments` and `answers` say what goes in and comes out, `server` speaks the
Model Context Protocol. No tool writes outside the folder, and none fetches unless it is allowed.
"""
