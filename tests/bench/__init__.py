"""`make bench`: figures side by side with the libraries beneath, in one run, on the newsroom's own texts."""
