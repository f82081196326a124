"""The actions of a server as tools of other frameworks. Each module needs its own extra; ``functions`` needs none."""
