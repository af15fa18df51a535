"""Every key of the session and every parameter of an address, declared once.

A view is a link. `dataset`, `variant` and `run` are choices of the row above a page; the rest is written
when the latent plane reports a choice, and read by the plane itself when it opens:

    image   index of the selected test image       z      a pinned position, comma-separated
    view    cx,cy,width of the window, or "prior"  axes   latent dimensions shown, from 1
    hide    classes hidden, by index               show   overlays that are on
    class   the class that a conditional decoder draws, by index
    epoch   the kept epoch that stands in the place of the finished plane
    selected  the selected images: "3,7-12", "worst-50", "near-12" to the pin, or "class-7"
    colour  what the dots are coloured by, if not by class: a name, "cluster-8" or "column-" and a name; of
            linked planes the clusters are those of the first run
    link    what linked planes share: the image (default), "position" or "scaled" position
    at      the run on whose plane z was pinned, or from which a position is shared
    input   where the image to denoise is from: "test" (default), "draw" or "upload"
    noise   kind of noise                          level  of noise, in the kind's own unit
    draw    seed of the noise                      down, across  centre of what covers the image, 0 to 1
    beside  the shipped run that a training is held against, or "none"; losses  "log" or linear
    preset  what the training form is filled with       set.*  each setting that was changed in it
    job     the training, or the run it became, that the Train page shows
    welcome opens the introduction, once: it does not stay
    part    of the Train page: a training (default), or the "runs" that are not shipped
"""

DATASET, VARIANT, RUN = "dataset", "variant", "run"
RUNS, IMAGE, SECOND_IMAGE, SECTION = "runs", "image", "to", "section"
ABOUT_RUN = "about"
MOST_RUNS = 6
WHITENED = "whitened"
GENERATE_URL = {
    "source": "from",
    "image": IMAGE,
    "spread": "spread",
    "temperature": "temperature",
    "truncation": "truncation",
    "label": "drawn_as",
    "count": "count",
    "seed": "seed",
    "nearest": "nearest",
    "styles": "styles",
}
PRIOR_NOISE = "prior_noise"
MAPS, MAPS_BESIDE = "maps", "maps_beside"
MAP_METHOD, MAP_IMAGES, MAP_LOOK = "map_method", "map_images", "maps_as"
BESIDE, LOSS_SCALE = "beside", "losses"
PRESET, SETTING, JOB, PART = "preset", "set.", "job", "part"
TRAINING_NAME, TRAINING_NOTE = "training_name", "training_note"
LAST_SHOWN = "last_shown"
SAVED, DISCARD = "saved", "discard"
IMPORTED, SAID_OF_IMPORT = "imported_run", "said_of_import"
BROUGHT, BROUGHT_AS, TIMES_BROUGHT, SAID_OF_DATA = "brought", "brought_as", "times_brought", "said_of_data"
DATA_TITLE, DATA_NAME, DATA_SIZE, DATA_FIT = "data_title", "data_name", "data_size", "data_fit"
DATA_COLOUR, DATA_GROUND, DATA_OTHER_GROUND = "data_colour", "data_ground", "data_other_ground"
DATA_LABEL, DATA_LEFT_OUT, DATA_CHANNELS, DATA_VALUES = (
    "data_label",
    "data_left_out",
    "data_channels",
    "data_values",
)
DATA_SPLIT, DATA_TEST, DATA_VALIDATION, DATA_SEED = "data_split", "data_test", "data_validation", "data_seed"
OF_AN_IMPORT = (
    *(DATA_TITLE, DATA_NAME, DATA_SIZE, DATA_FIT, DATA_COLOUR, DATA_GROUND, DATA_OTHER_GROUND),
    *(DATA_LABEL, DATA_LEFT_OUT, DATA_CHANNELS, DATA_VALUES),
    *(DATA_SPLIT, DATA_TEST, DATA_VALIDATION, DATA_SEED),
)
"""Fields of the images that are being looked through, which begin anew with others."""
CLASS_OF_END, CLASS_OF_IMAGE = "class-of-end", "class-of-image"
DENOISER_MODELS, DENOISER_FILTERS = "models", "filters"
DENOISED_AS, DENOISED_VIEW = "bias", "as"
CURVE_COUNT, CURVE_IMAGES, TRAINED_ON = "averaged", "images", "trained"
INPUT, OWN_INPUT, ADAPTED = "input", "own", "fitted"
NOISE, LEVEL, DOWN, ACROSS, DRAW = "noise", "level", "down", "across", "draw"
NOISE_CANVAS, DRAW_PAD, UPLOAD = "noise_canvas", "draw_pad", "upload"
DENOISER_CARDS, DENOISER_GRID = "denoiser_cards", "denoiser_grid"
PLANE, INTRODUCTION = "latent_plane", "introduction"
WELCOME = "welcome"
EPOCH, EPOCH_TRACK, REWIND_IN_PLACE, REWOUND = "epoch", "epoch_track", "rewind_in_place", "rewound"
NUMBERS = "numbers"
PIN, VIEW, AXES, HIDDEN, OVERLAYS, CONDITION = "z", "view", "axes", "hide", "show", "class"
SUBSET, COLOUR = "selected", "colour"
PLANE_URL = {
    "selection": IMAGE,
    "position": PIN,
    "view": VIEW,
    "axes": AXES,
    "hidden": HIDDEN,
    "overlays": OVERLAYS,
    "condition": CONDITION,
    "subset": SUBSET,
    "colour": COLOUR,
}
SHARED_PLANES = "shared_planes"
SHARED_URL = {
    "selection": IMAGE,
    "position": PIN,
    "source": "at",
    "link": "link",
    "window": VIEW,
    "hidden": HIDDEN,
    "overlays": OVERLAYS,
    "condition": CONDITION,
    "colour": COLOUR,
}
_ON_THE_PLANE = (*(PLANE_URL[part] for part in ("position", "view", "axes", "condition")), EPOCH)
_OF_THE_IMAGES = (
    IMAGE,
    SECOND_IMAGE,
    PLANE_URL["hidden"],
    PLANE_URL["overlays"],
    SUBSET,
    SHARED_URL["source"],
)
DEPENDENTS = {
    DATASET: (RUN, RUNS, *_ON_THE_PLANE, *_OF_THE_IMAGES, DENOISER_MODELS, CURVE_IMAGES, TRAINED_ON),
    VARIANT: (RUN, *_ON_THE_PLANE),
    RUN: _ON_THE_PLANE,
}
"""What loses its meaning when another data set, variant or run is chosen."""
ADDRESS, ADDRESS_BAR = "address", "address_bar"
ALL_KEYS, KEY_SHEET = "all_keys", "key_sheet"
NOTICES, KEPT = "notices", "kept"
FILLED, FILLED_AGAIN = "form_filled", "fields_filled_again"
DRAWING, UPLOADED = "kept_drawing", "kept_upload"
TOLD, SHOWN = "told", "shown"
IN_VIEW = "in_view"
TRAINING_ANCHOR = "training"
SHARED_LINK = "shared_link"
SAVED_PAGE = "saved_page"
