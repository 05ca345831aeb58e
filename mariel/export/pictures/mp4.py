"""Export as a film: H.264 in MP4, which every browser, phone and editing program plays."""

from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from mariel.export.pictures.composition import Film
from mariel.export.pictures.yuv_picture import BT709, YuvPicture
from mariel.export.registry import ExportRequest, register_exporter
from mariel.stage.render.colours import ThemeName
from mariel.stage.render.raster.parts import Part
from mariel.stage.scene import Style

QUALITY = "26"
"""x264's constant rate factor; numbers of one preset do not compare with those of another."""

PRESET = "ultrafast"
TUNING = "cabac=1:deblock=0,0:partitions=p8x8,i4x4,i8x8:8x8dct=1:ipratio=3"
"""At most half of the processor time of veryfast at 20, bodies 1.8 to 3.4 dB closer to what was drawn, files 18 to
36 % larger. What does not move is copied from whole pictures, which `ipratio` makes finer."""

BYTES_OF_METRE: dict[ThemeName, dict[Style, float]] = {
    "light": {"figure": 12.0, "markers": 20.0},
    "dark": {"figure": 9.0, "markers": 20.0},
}
"""See `Film.moving_bytes`; as x264 has packed the demo dancer in films of 360 to 1080 pixels."""

THREADS = 2

VIDEO_RANGE = 1
"""FFmpeg's number of brightness from 16 to 235."""


def _estimate(request: ExportRequest) -> int:
    return 8_000 + Film(request).moving_bytes(BYTES_OF_METRE[request.picture.theme])


@register_exporter(
    "mp4",
    label="Film (.mp4)",
    suffixes=(".mp4",),
    media_type="video/mp4",
    help="A film of what the player shows, for phones, browsers, presentations and editing.",
    group="Film",
    estimate=_estimate,
    slow=True,
    drawn=True,
)
def export_mp4(request: ExportRequest) -> bytes:
    """A film: H.264, yuv420p, its index at the beginning, title and credit in the picture and in the metadata."""
    import av  # noqa: PLC0415 (takes a tenth of a second, and few need it)

    film = Film(request)
    with TemporaryDirectory(prefix="mariel-film-") as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            container.metadata.update({"title": request.title, "comment": request.credit, "encoder": "Mariel"})
            rate = Fraction(film.fps).limit_denominator(1001)
            options = {"crf": QUALITY, "preset": PRESET, "x264-params": TUNING}
            stream = container.add_stream("libx264", rate=rate, options=options)
            stream.width, stream.height = film.size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = THREADS
            for name in ("colorspace", "color_primaries", "color_trc"):  # else players guess by the film's height
                setattr(stream.codec_context, name, BT709)
            stream.codec_context.color_range = VIDEO_RANGE

            picture = YuvPicture(film.still())

            def encode(parts: list[Part]) -> None:
                container.mux(stream.encode(picture.show(parts)))

            with ThreadPoolExecutor(1) as encoder:  # the next picture is drawn meanwhile
                last: Future[None] | None = None
                for parts in film.parts():
                    if last is not None:
                        last.result()
                    last = encoder.submit(encode, parts)
            if last is not None:
                last.result()
            container.mux(stream.encode(None))
        return path.read_bytes()
