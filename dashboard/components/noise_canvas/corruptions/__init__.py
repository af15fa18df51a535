"""The corruptions in the browser: one JavaScript file each, by the name of its twin in `aecore.corruptions`.

A file exports `corrupt(image, shape, level, draws)`: `image` a Float32Array (h, w, c) of values in 0..1,
`shape` [h, w, c], `level` what the corruption's level counts, `draws` {normal, uniform, centre}, the first
two like the image and the last [y, x] in shares of height and width. It returns as many numbers, float64 and
not yet clipped. A test holds each to its twin.
"""
