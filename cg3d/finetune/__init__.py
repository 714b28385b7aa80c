"""Transfer of a learned encoder to a task with its own labels: fine-tuning, linear probe and few-shot recognition."""
