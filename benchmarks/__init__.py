"""What grading costs, measured: the engine side by side with other ways to grade, and over a thousand submissions."""
