"""One module a family of formats: each reads checked text and gives a ParsedFeed."""
