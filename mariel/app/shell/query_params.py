"""Every query parameter and every name in the session, declared once.

How to use it:

- **A widget whose value is in links** (slider, number, toggle, select box …) is made by `mariel.app.widgets.controls`
  from its parameter, which gives it key, limits, default and choices, and has the link's value checked before:
  `controls.slider(TEMPERATURE, "Temperature", step=0.05)`, `controls.selectbox(TAKE, "Take", list(recordings))`.
  Limits and choices that change with the page's data are given there: `minimum=`, `maximum=`, `choices`.
- **A choice whose label differs from what links hold** is not bound (`bound=False`):
  `controls.labelled(SECTION, "Section")` shows `SECTION.labels` and gives one of `SECTION.choices`.
- **Anything else** reads and writes its parameter itself. `requested(PARAM, check=…)` gives what a link, or Back or
  Forward, newly asks for, and None otherwise; `check` turns the text into a value or raises a MarielError, which
  becomes the warning. `write(PARAM, value, shown=…)` is the only way to change the address; `clear(PARAM, …)` removes
  what means nothing now.
- **Warnings** about a link come by themselves: at the end of each run `page_layout` shows what the link asked for and
  what is shown instead, until another value is chosen.
- **Values in the session**: `TAKE.value` is what the widget shows, `TAKE.key.set(…)` changes it (in a callback, or
  before the widget is made), `TAKE.key.pop()` forgets it. Names that are not in links are the `SessionKey`s below:
  `st.button("Rename", key=RENAME_RUN_NOW)`, `key=RENAME_RUN.of(run.name)`, `KEPT_NAME.get()`.

No other file of the app has such names as text; a test looks for them.
"""

from mariel.app.shell.link_values import QueryParam
from mariel.app.shell.links import (
    begin_page,
    check_bound,
    check_in_browser,
    choose,
    clear,
    report,
    requested,
    show_link_warnings,
    write,
)
from mariel.app.shell.session_state import SessionKey

__all__ = [
    "QUERY_PARAMS", "QueryParam", "SessionKey", "begin_page", "check_bound", "check_in_browser", "choose", "clear",
    "report", "requested", "show_link_warnings", "write",
]  # fmt: skip

QUERY_PARAMS: dict[str, QueryParam] = {}
"""Every query parameter by its name in the address."""


def declare(key: str, what: str, type_: type, default: object = None, **more) -> QueryParam:
    """Declare a query parameter, see `QueryParam`."""
    if key in QUERY_PARAMS:
        raise ValueError(f"there is a query parameter {key!r} already")
    QUERY_PARAMS[key] = QueryParam(SessionKey(key), what, type_, default, **more)
    return QUERY_PARAMS[key]


_TAKE_PAGES = ("browse", "preprocessing", "reconstructions")
_MODEL_PAGES = ("reconstructions", "sampling", "latent_map")

# Recordings, takes and bodies
DATA = declare("data", "recordings", str, pages=(*_TAKE_PAGES, "training"))
TRIM = declare("trim", "trim", int, minimum=0, maximum=10_000_000, empty="automatic", pages=DATA.pages)
TAKE = declare("take", "take", str, pages=_TAKE_PAGES)
MARKERS = declare("markers", "number of markers", str, "53", choices=("53", "18"), pages=("browse", "preprocessing"))
SKELETON = declare("skeleton", "skeleton", str, pages=MARKERS.pages)
CENTRED = declare("centred", "centring", bool, False, pages=MARKERS.pages)
TRAILS = declare("trails", "trail", tuple, (), max_items=6, bound=False, pages=MARKERS.pages)
BODY = declare(
    "body", "body", str, "", bound=False, empty="as recorded", pages=("browse", "reconstructions", "sampling")
)  # a name of `kinematics.shapes.proportions`, or take:NAME
CAMERA = declare("camera", "view", str, bound=False, in_browser=True, pages=("browse", *_MODEL_PAGES))

# Browse: a phrase, the timeline, phrases in a row
LENGTH = declare("length", "length", int, minimum=16, maximum=1050, pages=("browse",))
START = declare("start", "first frame", int, minimum=0, pages=("browse", "reconstructions"))
TIMELINE_MEASURE = declare(
    "strip", "timeline", str, "speed", choices=("speed", "fastest", "height"), pages=START.pages,
    labels={"speed": "mean marker speed", "fastest": "fastest marker", "height": "highest marker"}, bound=False,
)  # fmt: skip
ROW_COUNT = declare("row", "number of phrases", int, 0, choices=(0, 4, 8, 12), labels={0: "none"}, bound=False,
              pages=("browse",))  # fmt: skip
COMPARED_DANCE = declare(
    "compared", "dance beside it", str, bound=False, empty="only the phrase", pages=("browse",)
)  # a take and its frame, as take@frame, or favourite:ID

# Preprocessing
SECTION = declare(
    "step", "section", str, "Takes", bound=False, pages=("preprocessing",),
    choices=("Takes", "Upright", "Positions", "Velocities", "Numbers", "Outliers", "Graph"),
    labels={"Upright": "Orientation", "Numbers": "Statistics"},
)  # fmt: skip

# Training
RUN = declare("run", "run", str, pages=("training",))
COMPARED_RUNS = declare("compare", "run to compare with", tuple, (), max_items=7, pages=("training",))
CURVE_X_AXIS = declare("against", "axis", str, "epochs", choices=("epochs", "minutes"), pages=("training",))
SMOOTHING = declare(
    "smooth", "smoothing", str, "off", choices=("off", "a little", "more", "a lot"), pages=("training",)
)
LOG_SCALE = declare("log", "log scale", bool, False, pages=("training",))
NOTEBOOK_CURVE = declare("published", "notebook's curve", bool, False, pages=("training",))

# Models, on several pages
MODEL = declare("model", "model", str, bound=False, pages=_MODEL_PAGES)
COMPARED_MODELS = declare("beside", "model to compare with", tuple, (), max_items=2, pages=("reconstructions",))

# Reconstructions
PHRASE_SOURCE = declare(
    "source", "phrase", str, "a take", choices=("a take", "best", "typical", "worst"), labels={"typical": "median"},
    bound=False, pages=("reconstructions",),
)  # fmt: skip
LAYOUT = declare("place", "layout", str, "side by side", choices=("side by side", "on top"), bound=False,
                labels={"side by side": "Side by side", "on top": "Overlay"}, pages=("reconstructions",))  # fmt: skip
COLOUR_BY_ERROR = declare("painted", "colour by error", bool, True, pages=("reconstructions",))
TRAVEL = declare("travel", "movement across the floor", bool, False, pages=("reconstructions",))
SAMPLE_LATENT = declare("drawn", "sampled latent", bool, False, pages=("reconstructions",))
LATENT_SEED = declare("draw", "seed", int, 0, minimum=0, maximum=999_999, pages=("reconstructions",))
AVERAGED_OVER = declare("over", "average", str, "this phrase", choices=("this phrase", "all held-out"),
               pages=("reconstructions",))  # fmt: skip

# New dances, on the Sampling page and the map
TEMPERATURE = declare("temperature", "temperature", float, 1.0, minimum=0.0, maximum=2.0,
                      pages=("sampling", "latent_map"))  # fmt: skip
SEED = declare("seed", "seed", int, 0, minimum=0, maximum=999_999, pages=TEMPERATURE.pages)
SCHEME = declare(
    "scheme", "way to sample latents", str, "near real phrases", bound=False, pages=TEMPERATURE.pages,
    choices=("near real phrases", "the notebook's other way"),
    labels={"the notebook's other way": "wide normal draw (notebook)"},
)  # fmt: skip
PC_OFFSETS = tuple(
    declare(f"push{number}", f"shift along direction {number}", float, 0.0, minimum=-3.0, maximum=3.0,
            pages=TEMPERATURE.pages)
    for number in (1, 2, 3, 4)
)  # fmt: skip

# Sampling
MODE = declare(
    "mode", "way to make a dance", str, "New", bound=False, pages=("sampling",),
    choices=("New", "Vary a phrase", "Between two", "Walk", "From a pose"),
    labels={"New": "New dances", "Between two": "Between two phrases", "Walk": "Chain phrases"},
)  # fmt: skip
COUNT = declare("count", "number of dances", int, 4, choices=(1, 4, 12), pages=("sampling",))
SECONDS = declare(
    "seconds", "length in seconds", int, minimum=1, maximum=120, empty="one phrase", pages=("sampling",)
)
SIGMA = declare("sigma", "distance from the phrase", float, 0.5, minimum=0.0, maximum=2.0, pages=("sampling",))
SHARE = declare("share", "share of the way", float, 0.5, minimum=0.0, maximum=1.0, pages=("sampling",))
SELECTED_DANCE = declare("large", "dance", str, pages=("sampling",))
PHRASES_OF = declare("of", "recordings of phrases", str, "", empty="the model's own", pages=("sampling",))
FROM = declare("from", "phrase", str, bound=False, pages=("sampling",))
TO = declare("to", "second phrase", str, bound=False, pages=("sampling",))
CHAIN = declare("through", "chain", str, bound=False, pages=("sampling",))
NEXT = declare("next", "next phrase", str, bound=False, pages=("sampling",))
POSE = declare("pose", "pose", str, bound=False, pages=("sampling",))

# Latent map
MAP_SHOWS = declare(
    "map_shows", "view of the map", str, "Watch a phrase", bound=False, pages=("latent_map",),
    choices=("Watch a phrase", "Dance a path", "The sample"),
    labels={"Dance a path": "Follow a path", "The sample": "A new dance"},
)  # fmt: skip
MAP_METHOD = declare("map", "map", str, "PCA", choices=("PCA", "UMAP"), pages=("latent_map",))
PHRASE_VIEW = declare(
    "look", "layout", str, "as danced", choices=("as danced", "rebuilt beside", "rebuilt over it"), bound=False,
    labels={"as danced": "Original", "rebuilt beside": "Side by side", "rebuilt over it": "Overlay"},
    pages=("latent_map",),
)  # fmt: skip
PATH_INPUT = declare("hand", "way to give a path", str, "click stations", choices=("click stations", "draw a line"),
               labels={"click stations": "click points"}, bound=False, pages=("latent_map",))  # fmt: skip
COLOUR = declare("colour", "colouring", str, "by take", choices=("by take", "by time", "by speed", "by height"),
                 pages=("latent_map",))  # fmt: skip
# Streamlit has always written the label into this one: "20 s".
PATH_SECONDS = declare("path_seconds", "length", str, "20 s", choices=("10 s", "20 s", "40 s"), pages=("latent_map",))
PHRASE = declare("phrase", "phrase", str, bound=False, pages=("latent_map",))
PATH = declare("path", "path", str, bound=False, pages=("latent_map",))

# Favourites, on every page where dances can be kept
FAVOURITE = declare("favourite", "favourite", str, bound=False, pages=("browse", "sampling", "latent_map"))


# Names in the session that are not in links. Of the shell and of shared widgets:
LIMITS = SessionKey("limits of")  # of a number, when its widget was last made
START_OF = SessionKey("start of")  # the take whose phrase begins at `START`
NEXT_VALUES = SessionKey("training choices")  # values of widgets for the next run, by key
ACTION_ERROR = SessionKey("training trouble")  # the error of the last button
TIMELINE = SessionKey("timeline")  # the chart, of one take
TIMELINE_OPTIONS = SessionKey("timeline options")
OFFER_DEMO = SessionKey("offer demo")
DOWNLOAD = SessionKey("download")  # a button, of a player and an exporter
PICTURE_CHOICE = SessionKey("picture choice")  # how films are drawn: the last choice of the session, by its name
PICTURE_OPTION = SessionKey("picture option")  # its widget, of a player
TRAY, TRAY_POLLS = SessionKey("downloads-tray"), SessionKey("tray polls")
DATA_FILES = SessionKey("data files")  # likewise, of a player and a file of numbers
PROBLEMS_OPEN = SessionKey("problems")
UPLOAD, UPLOAD_OPEN, UPLOAD_ERROR = SessionKey("upload"), SessionKey("upload open"), SessionKey("upload error")
UPLOADED_MODELS = SessionKey("uploaded models")
ANSWER, CORRECT_FILE = SessionKey("answer"), SessionKey("correct file")  # of a field and a file
KEEP_ANSWERS, FORGET_ANSWERS = SessionKey("keep answers"), SessionKey("forget answers")
PAGE_HEADING, FIGURES = SessionKey("page-heading"), SessionKey("figures")
SHARE_OPEN, SHARE_LINK = SessionKey("share-open"), SessionKey("share link")
ADD_POSITION = SessionKey("add position")

# Of the Browse page
BROWSE_PLAYER, ROW_PLAYER, ROW_TABLE = SessionKey("browse"), SessionKey("row of phrases"), SessionKey("row table")
BROWSE_STAGE, ROW_STAGE, START_STRIP = SessionKey("browse-stage"), SessionKey("row-stage"), SessionKey("start-strip")
DRAW_TRAIL, WATCH_PHRASE = SessionKey("draw trail"), SessionKey("watch phrase")
HAND_FOOT_TRAILS = SessionKey("trails of hands and feet")
COMPARED_FRAME = SessionKey("compared frame")  # of a take beside the phrase
COMPARED_OF, COMPARED_GONE = SessionKey("compared of"), SessionKey("compared gone")

# Of the Preprocessing page
TAKES_TABLE, STATISTICS_TABLE = SessionKey("takes table"), SessionKey("statistics")
ORIENTATION_PLAYER, OUTLIER_PLAYER, GRAPH_PLAYER = SessionKey("upright"), SessionKey("outlier"), SessionKey("graph")
OUTLIERS_TABLE = SessionKey("outliers")
PREPARED_CENTRED, ALL_EDGES = SessionKey("prepared centred"), SessionKey("all edges")
POSITIONS_BEFORE, POSITIONS_AFTER = SessionKey("positions before"), SessionKey("positions after")
VELOCITIES_BEFORE, VELOCITIES_AFTER = SessionKey("velocities before"), SessionKey("velocities after")
TAKE_BOUNDARIES, NODE_FEATURES, ADJACENCY = (
    SessionKey("take boundaries"),
    SessionKey("node features"),
    SessionKey("adjacency"),
)
SAVE_PREPROCESSING = SessionKey("save preprocessing")

PREPROCESSING_STAGE, GRAPH_STAGE = SessionKey("preprocessing-stage"), SessionKey("graph-stage")
OUTLIERS_LIST = SessionKey("outliers-list")

# Of new dances, on the Sampling page and the map
ADVANCED = SessionKey("advanced")

# Of the About page
CREDITS, DOCUMENT = SessionKey("credits"), SessionKey("document")

# Of the Training page
FORM_OPEN, START_FROM, COPIED_RUN = SessionKey("form open"), SessionKey("begin with"), SessionKey("like")
FORM_FILLED = SessionKey("form begins like")  # the run whose settings the form has just got
FORM_COPIES = SessionKey("form copies")  # how often the form has got a run's settings
FORM_DATA, FORM_SETTINGS = SessionKey("form recordings"), SessionKey("form settings")
NEW_RUN, NEW_NAME, START_RUN = SessionKey("new"), SessionKey("new name"), SessionKey("start run")
RUN_STARTED = SessionKey("training started")
RUN_BUTTON, RESUME_RUN, COPY_RUN = SessionKey("run button"), SessionKey("take up"), SessionKey("new run like this")
RENAME_RUN, RENAME_RUN_NOW, RENAME_RUN_OPEN = SessionKey("rename"), SessionKey("rename now"), SessionKey("rename run")
DELETE_RUN_NOW, DELETE_RUN_OPEN = SessionKey("delete now"), SessionKey("delete run")
DOWNLOAD_RUN, EXPORT_CURVES, EXPORTED_CURVES = (
    SessionKey("download run"),
    SessionKey("export curves"),
    SessionKey("exported"),
)
RUN_SETTINGS, RUN_SETTINGS_OPEN = SessionKey("settings"), SessionKey("settings open")
ALL_RUNS, BROKEN_RUNS = SessionKey("all runs"), SessionKey("broken runs")
PREVIEW_PLAYER, PREVIEW_SHOWN = SessionKey("preview"), SessionKey("preview shown")
PREVIEW_OVERLAY, PREVIEW_TRAVEL = SessionKey("preview on top"), SessionKey("preview travels")
PREVIEW_STAGE, RUN_ROW = SessionKey("preview-stage"), SessionKey("run-row")
CURVE, CURVE_HELP = SessionKey("curve"), SessionKey("curve help")

# Of the Reconstructions page
RECONSTRUCTION_PLAYER, MARKER_ERRORS_PLAYER = SessionKey("reconstruction"), SessionKey("errors on the body")
RECONSTRUCTION_STAGE, VIEW_ROW = SessionKey("reconstruction-stage"), SessionKey("view-row")
MARKER_ERRORS_STAGE = SessionKey("marker-errors-stage")
VIEW_OPTIONS = SessionKey("view options")
ERROR_METRICS, ERROR_SCALE = SessionKey("numbers"), SessionKey("marks")

# Of the Sampling page
SAMPLES_PLAYER, SAMPLES_SWEEP = SessionKey("samples"), SessionKey("samples sweep")
SAMPLES_STAGE = SessionKey("samples-stage")
NEXT_SEEDS = SessionKey("next seeds")
KEEP_OPEN, KEEP_NAME, KEEP_NOW = SessionKey("keep dance"), SessionKey("name to keep"), SessionKey("keep now")
KEPT_NAME = SessionKey("kept dance")
FAVOURITES_OPEN, COMPARED_FAVOURITE = SessionKey("favourites open"), SessionKey("favourite beside")
FAVOURITES_STAGE = SessionKey("favourites-stage")
VISITOR, VISITOR_COMPONENT = SessionKey("visitor"), SessionKey("visitor component")
VISITOR_OF_TRAY = SessionKey("visitor-of-tray")
FAVOURITES_PLAYER, OPEN_FAVOURITE = SessionKey("favourites"), SessionKey("open favourite")
RENAME_FAVOURITE, RENAME_FAVOURITE_NOW = SessionKey("rename favourite"), SessionKey("rename favourite now")
RENAME_FAVOURITE_OPEN, DELETE_FAVOURITE_OPEN = SessionKey("rename a favourite"), SessionKey("delete a favourite")
DELETE_FAVOURITE_NOW = SessionKey("delete favourite now")

# Of the Latent map
MAP_CHART, MAP_PLAYER, MAP_LAYOUT = SessionKey("latent map"), SessionKey("map dancer"), SessionKey("map-and-dancer")
MAP_PHRASE, MAP_PATH = SessionKey("map phrase"), SessionKey("map path")  # the last choices, for a later visit
MAP_OF, PATH_OF = SessionKey("map of"), SessionKey("path of")  # the model, and the map, that these belong to
NEXT_PHRASE, UNDO_POINT, CLEAR_PATH = SessionKey("next phrase"), SessionKey("undo point"), SessionKey("clear path")
MAP_STAGE, MAP_ROW, MAP_TOOLS = SessionKey("map-stage"), SessionKey("map-row"), SessionKey("map-tools")
MAP_HELP, MAP_SWEEP = SessionKey("map help"), SessionKey("map sweep")
