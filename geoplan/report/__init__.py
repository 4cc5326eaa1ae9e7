"""Say it: pages, workbooks and files to hand over."""
