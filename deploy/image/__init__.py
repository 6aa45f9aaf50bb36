"""What the image is made by and runs: its packages, its one command, its probe."""
