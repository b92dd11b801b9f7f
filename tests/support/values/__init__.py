"""What the law of values needs: values of every kind, the door, every model, and what each must show by hand."""
