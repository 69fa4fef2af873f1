"""`hotline demo`: the whole line on the newsroom that comes with the project, and what is expected of it."""
