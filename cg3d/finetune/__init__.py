"""What a learned encoder is worth to a task with its own labels: fine-tuning, linear probe and few-shot recognition."""
