"""What a caller of the package sees."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from conftest import picture

import headstart
from headstart import _worker


def test_one_image_by_every_way_is_one_embedding(colours: Path, store: Path) -> None:
    path = colours / "red" / "3.ppm"
    levels = np.asarray(PIL.Image.open(path))
    rows = headstart.embed([str(path), path, PIL.Image.open(path), levels], store=store)
    assert rows.shape[0] == 4 and rows.dtype == np.float32 and np.isfinite(rows).all()
    assert (rows == rows[0]).all()
    other = headstart.embed([colours / "blue" / "3.ppm"], store=store)
    assert not np.allclose(other, rows[0])


def test_transparent_and_grey_pictures_are_taken(store: Path) -> None:
    levels = picture((90, 90, 90), 1)
    grey, alpha = levels[:, :, 0], np.dstack([levels, np.full(levels.shape[:2], 255, np.uint8)])
    opaque, plain = headstart.embed([alpha, levels], store=store)
    assert np.allclose(opaque, plain, atol=1e-4)
    shapes = headstart.embed([grey, grey[:, :, None], PIL.Image.fromarray(grey)], store=store)
    assert (shapes == shapes[0]).all()


def test_order_is_kept_over_many_batches(colours: Path, store: Path) -> None:
    paths = sorted(colours.glob("*/*.ppm"))
    once = headstart.embed(paths, store=store)
    many = headstart.embed(paths * 8, store=store)
    assert (many == np.tile(once, (8, 1))).all()


def test_unreadable_images_are_named_and_the_others_kept(colours: Path, store: Path) -> None:
    bad = colours / "bad.jpg"
    bad.write_bytes(b"not a photo")
    with pytest.raises(headstart.UnreadableImagesError, match="2 of 3 images") as failure:
        headstart.embed([bad, colours / "red" / "0.ppm", colours / "none.jpg"], store=store)
    assert list(failure.value.errors) == [0, 2]
    assert "not an image" in failure.value.errors[0]
    assert np.isnan(failure.value.embeddings).all(axis=1).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("image", "refusal"),
    [(np.zeros((4, 4)), TypeError), (np.zeros((4, 4, 2), np.uint8), ValueError), (7, TypeError)],
)
def test_what_is_no_image_is_refused(image: object, refusal: type[Exception], store: Path) -> None:
    with pytest.raises(refusal):
        headstart.embed([image], store=store)  # type: ignore[list-item]
    with pytest.raises(TypeError, match="sequence"):
        headstart.embed("photo.jpg", store=store)


def test_train_then_predict(colours: Path, store: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.onnx"
    report = headstart.train(colours, head, store=store, options=["--effort", "quick"])
    assert report["classes"] == ["blue", "red"]
    classifier = headstart.Classifier(head, store=store)
    new = [picture((200, 60, 60), 900), picture((60, 60, 200), 901), str(tmp_path / "none.jpg")]
    red, blue, none = classifier.predict(new)
    assert (red.class_name, blue.class_name, none.class_name) == ("red", "blue", None)
    assert red.probability == red.probabilities["red"] > 0.5
    assert sum(blue.probabilities.values()) == pytest.approx(1)
    assert red.unknown is not None and red.is_unknown is not None and red.error is None
    assert none.error and not none.probabilities


def test_store_rows(colours: Path, store: Path) -> None:
    table = headstart.Store(store).rows(colours)
    assert {"sha256", "path", "label", "split", "embedding"} <= set(table.column_names)
    assert sorted(set(table["label"].to_pylist())) == ["blue", "red"] and table.num_rows == 20
    paths = [colours.parent / path for path in table["path"].to_pylist()]
    assert (np.stack(table["embedding"].to_numpy()) == headstart.embed(paths, store=store)).all()
    assert headstart.Store(store).info()["embeddings"][0]["images"] == 20


def test_errors_carry_the_hint(tmp_path: Path) -> None:
    with pytest.raises(headstart.HeadstartError) as failure:
        headstart.train(tmp_path / "none", tmp_path / "head.onnx")
    assert "none" in failure.value.message and failure.value.status == 1
    with pytest.raises(headstart.HeadstartError, match="hint: headstart train-head"):
        headstart.Classifier(tmp_path / "no-head.onnx").predict([picture((0, 0, 0), 0)])


def test_one_process_answers_all_calls_and_a_killed_one_is_replaced(colours: Path, store: Path) -> None:
    path, options = colours / "red" / "0.ppm", ["--store", str(store)]
    first = headstart.embed([path], store=store)
    process = _worker.worker(options)._process
    headstart.embed([path], store=store)
    assert process and _worker.worker(options)._process is process
    process.kill()
    with pytest.raises(headstart.HeadstartError):
        headstart.embed([path], store=store)
    assert (headstart.embed([path], store=store) == first).all()


def test_ctrl_c_leaves_no_answer_over(colours: Path, store: Path) -> None:
    paths = sorted(colours.glob("*/*.ppm"))
    once = headstart.embed(paths, store=store)
    new = [picture((i % 250, 9, 9), i) for i in range(2000)]
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        while True:
            headstart.embed(new, store=store)
    assert (headstart.embed(paths, store=store) == once).all()


def command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("headstart")), *arguments]


def test_the_command_is_the_program(colours: Path, tmp_path: Path) -> None:
    usage = subprocess.run(command("score"), capture_output=True, text=True)
    assert usage.returncode == 2 and "hint" in usage.stderr
    process = subprocess.Popen(command("worker", "--no-store"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    program = Path(f"/proc/{process.pid}/exe")
    deadline = time.monotonic() + 60
    while program.resolve().name != "headstart":
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode in (130, -signal.SIGTERM)
