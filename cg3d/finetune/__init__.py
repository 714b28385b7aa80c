"""Transfer of a learned encoder to a task with its own labels: fine-tuning, linear probe and few-shot recognition.

run modes                     a fine-tuning; the three modes
full linear_probe few_shot    what each of them learns
encoder clouds embeddings     the encoder to start from; its inputs and outputs
classifier                    the result on disk
config metrics                settings; figures
cli                           `cg3d finetune`
"""
