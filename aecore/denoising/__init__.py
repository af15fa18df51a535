"""Denoisers: trained models, classical filters and the linear ridge, tuned and measured alike."""
