"""A bundle that carries its model: what a friend gets who opens it, and hostile ones that are refused."""

import hashlib
import io
import json
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mariel.app.widgets.files.upload import install_models
from mariel.cli import main
from mariel.errors import RunError
from mariel.generation.favourites import list_favourites, save_favourite
from mariel.generation.sampling_requests import SamplingRequest, generate_samples, sample_recipe
from mariel.motion.io.formats import zip_archive
from mariel.training.checkpoints import load_checkpoint
from mariel.training.runs import list_runs
from tests.support.small_runs import trained_run

REQUEST = SamplingRequest(seed=7, count=1, temperature=0.5)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> bytes:
    """A new dance of the model waltz, with the model."""
    folder = tmp_path_factory.mktemp("sender")
    run = trained_run(folder)
    checkpoint = load_checkpoint(run.folder)
    (dance,) = generate_samples(checkpoint, REQUEST)
    recipe = {**sample_recipe(checkpoint, REQUEST), "page": "latent_map", "link": {"model": "waltz", "seed": 7}}
    kept = save_favourite("slow turn", dance, checkpoint.marker_set, checkpoint.fps, recipe, root=run.folder.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARIEL_CHECKPOINTS", str(run.folder.parent))
        assert main(["export", str(kept.path), "--with-model", "--out", str(folder / "turn.mariel.zip")]) == 0
    return (folder / "turn.mariel.zip").read_bytes()


@pytest.fixture
def friend(tmp_path, monkeypatch) -> Path:
    """The folder of runs of somebody else."""
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "friend"))
    return tmp_path / "friend"


@pytest.fixture
def received(bundle, tmp_path) -> Path:
    path = tmp_path / "received" / "turn.mariel.zip"
    path.parent.mkdir()
    path.write_bytes(bundle)
    return path


def put_another(friend: Path) -> None:
    """Another model of the name waltz."""
    (friend / "waltz").mkdir(parents=True)
    (friend / "waltz" / "best.safetensors").write_bytes(b"other weights")


def test_one_command_gives_the_dance_and_the_model_that_makes_it_again(friend, received, capsys):
    assert main(["favourites", str(received)]) == 0
    assert "model waltz: installed" in capsys.readouterr().out
    (kept,), _ = list_favourites()
    (run,) = list_runs()
    assert (run.name, run.status().state, run.status().reason) == ("waltz", "finished", "installed from a bundle")
    again = generate_samples(load_checkpoint("waltz"), SamplingRequest.from_dict(kept.recipe))[0]
    np.testing.assert_allclose(again, kept.positions, atol=1e-5)
    assert main(["favourites", str(received), "--name", "again", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["model"] == "waltz"
    assert [path.name for path in friend.iterdir() if path.name != "favourites"] == ["waltz"]


def test_a_model_of_the_same_name_is_never_replaced(friend, received, capsys):
    put_another(friend)
    assert main(["favourites", str(received)]) == 1
    said = capsys.readouterr().err
    assert "a model called 'waltz' with other weights is here already" in said
    assert "--model-name NAME" in said
    assert list_favourites() == ([], [])
    assert main(["favourites", str(received), "--model-name", "polka"]) == 0
    (kept,), _ = list_favourites()
    assert (kept.recipe["checkpoint"], kept.recipe["link"]["model"]) == ("polka", "polka")
    again = generate_samples(load_checkpoint("polka"), SamplingRequest.from_dict(kept.recipe))[0]
    np.testing.assert_allclose(again, kept.positions, atol=1e-5)
    assert (friend / "waltz" / "best.safetensors").read_bytes() == b"other weights"


def test_the_dances_alone_can_be_kept(friend, received):
    put_another(friend)
    assert main(["favourites", str(received), "--without-model"]) == 0
    assert [each.name for each in list_favourites()[0]] == ["slow turn"]
    assert list_runs() == []


def test_an_uploaded_bundle_installs_its_model_once(friend, received):
    assert install_models(received.parent) == ["waltz"]
    assert install_models(received.parent) == []
    (friend / "waltz" / "best.safetensors").write_bytes(b"another model")
    with pytest.raises(RunError, match="other weights is here"):
        install_models(received.parent)


def test_a_name_for_a_model_that_is_not_there_is_refused(friend, tmp_path, capsys):
    path = tmp_path / "nothing.bvh"
    assert main(["favourites", str(path), "--model-name", "polka"]) == 1
    assert "nothing.bvh carries none" in capsys.readouterr().err


def changed(bundle: bytes, *, about: dict | None = None, **files: bytes | None) -> bytes:
    """A bundle with other contents: of `model/NAME` for each keyword, None to leave it out; dots are underscores."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as source, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as out:
        members = {name: source.read(name) for name in source.namelist()}
        for name, data in files.items():
            members[f"model/{name.replace('_', '.')}"] = data
        described = json.loads(members["bundle.json"])
        described["checkpoint"] |= about or {}
        members["bundle.json"] = json.dumps(described).encode()
        for name, data in members.items():
            if data is not None:
                out.writestr(name, data)
    return content.getvalue()


def with_member(bundle: bytes, name: str, data: bytes = b"x", mode: int = stat.S_IFREG) -> bytes:
    """A bundle with one more member."""
    content = io.BytesIO(bundle)
    with zipfile.ZipFile(content, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = (mode | 0o644) << 16
        archive.writestr(info, data)
    return content.getvalue()


def with_settings(bundle: bytes, **data: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        run = json.loads(archive.read("model/run.json"))
    run["settings"]["data"] |= data
    return changed(bundle, run_json=json.dumps(run).encode())


PICKLE = b"\x80\x04cos\nsystem\n(S'touch evil'\ntR."

HOSTILE = {
    "a name that leads out of the folder": (
        lambda bundle: with_member(bundle, "model/../../evil.json"), "leads out of it"
    ),
    "an absolute name": (lambda bundle: with_member(bundle, "/tmp/evil.json"), "leads out of it"),
    "a name of Windows": (lambda bundle: with_member(bundle, "model\\..\\evil.json"), "leads out of it"),
    "another file": (lambda bundle: with_member(bundle, "model/sitecustomize.py"), "found 'sitecustomize.py'"),
    "a folder within": (lambda bundle: with_member(bundle, "model/favourites/x.npz"), "found 'favourites/x.npz'"),
    "a link": (
        lambda bundle: with_member(changed(bundle, data_json=None), "model/data.json", b"/etc/passwd", stat.S_IFLNK),
        "no links",
    ),
    "no preprocessing": (lambda bundle: changed(bundle, preprocessing_json=None), "lacks preprocessing.json"),
    "other weights": (lambda bundle: changed(bundle, best_safetensors=b"x"), "not those that it names"),
    "a pickle": (
        lambda bundle: changed(
            bundle, best_safetensors=PICKLE, about={"fingerprint": hashlib.sha256(PICKLE).hexdigest()}
        ),
        "model/best.safetensors' is damaged or not a checkpoint",
    ),
    "a name of elsewhere": (lambda bundle: changed(bundle, about={"name": "../waltz"}), "name consists of letters"),
    "no name": (lambda bundle: changed(bundle, about={"name": None}), "does not say which model"),
    "settings that are none": (lambda bundle: changed(bundle, run_json=b"[" * 100_000), "run.json"),
    "recordings of another machine": (lambda bundle: with_settings(bundle, data="//evil/share"), "another machine"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_model_is_refused_and_nothing_is_written(friend, bundle, tmp_path, capsys, kind):
    make, message = HOSTILE[kind]
    (tmp_path / "evil.mariel.zip").write_bytes(make(bundle))
    assert main(["favourites", str(tmp_path / "evil.mariel.zip")]) == 1
    assert message in capsys.readouterr().err
    assert not friend.exists() or not list(friend.iterdir())
    assert {path.name for path in tmp_path.iterdir()} <= {"evil.mariel.zip", "friend"}


def test_a_model_that_unpacks_to_too_much_is_refused(friend, bundle, tmp_path, capsys, monkeypatch):
    (tmp_path / "bomb.mariel.zip").write_bytes(changed(bundle, data_json=bytes(2**25)))
    monkeypatch.setattr(zip_archive, "MAX_BYTES", 2**24)
    assert main(["favourites", str(tmp_path / "bomb.mariel.zip")]) == 1
    assert "take over 16 MB" in capsys.readouterr().err
    assert not friend.exists()
