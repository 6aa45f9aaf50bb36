"""The HTTP side: a table of routes over the contracts' calls, and nothing of the business."""
