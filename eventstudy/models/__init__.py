"""Normal-return models and the batched least-squares kernel they share."""
