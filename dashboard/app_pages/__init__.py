"""The pages, one file each: its docstring begins with the title, ORDER is its place in the navigation."""
