"""What a finished model reached: its numbers, the classifiers that tell, and what they are held against."""
