"""The certificate's arithmetic: the tree of RFC 6962, its proofs, and every way to tamper with a document."""

import base64
import copy
import hashlib
import json
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from recordings.domain.certificates import (
    batch_statement,
    leaf_digest,
    merkle_levels,
    merkle_proofs,
    read_back_content,
    root_from_proof,
    verify,
)
from trail.domain.chain import canonical_json

KEY = Ed25519PrivateKey.generate()
AT = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


def _sign(message):
    return base64.b64encode(KEY.sign(message)).decode()


def _is_signed(message, signature):
    try:
        KEY.public_key().verify(base64.b64decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _documents(size=5):
    contents = [{"id": f"c-{n}", "recording_id": f"r-{n}", "method": "key"} for n in range(size)]
    levels = merkle_levels([leaf_digest(content) for content in contents])
    root = levels[-1][0].hex()
    statement = batch_statement(batch_id="b", destroyed_at=AT, size=size, merkle_root=root)
    batch = {
        "id": "b",
        "destroyed_at": AT.isoformat(),
        "size": size,
        "merkle_root": root,
        "signature": _sign(statement),
    }
    told = []
    for position, content in enumerate(contents):
        absent = read_back_content(recording_id=content["recording_id"], object_digest="00", absent_at=AT)
        told.append(
            {
                "id": content["id"],
                "recording_id": content["recording_id"],
                "content": content,
                "proof": json.loads(merkle_proofs(levels)[position]),
                "batch": batch,
                "read_back": {"content": absent, "signature": _sign(canonical_json(absent))},
            }
        )
    return told


def test_the_root_of_one_leaf_is_the_leaf_and_of_two_their_node():
    one, two = leaf_digest({"n": 1}), leaf_digest({"n": 2})
    assert one == hashlib.sha256(b'\x00{"n":1}').digest()
    assert merkle_levels([one])[-1] == [one]
    assert merkle_levels([one, two])[-1] == [hashlib.sha256(b"\x01" + one + two).digest()]
    with pytest.raises(ValueError, match="leaf"):
        merkle_levels([])


@given(st.integers(1, 70))
def test_every_leaf_of_every_tree_proves_its_root(size):
    leaves = [leaf_digest({"n": n}) for n in range(size)]
    levels = merkle_levels(leaves)
    for position, leaf in enumerate(leaves):
        assert root_from_proof(leaf, json.loads(merkle_proofs(levels)[position])) == levels[-1][0]


@given(st.integers(1, 70))
def test_proofs_are_spelt_as_canonical_json_is(size):
    for proof in merkle_proofs(merkle_levels([leaf_digest({"n": n}) for n in range(size)])):
        assert proof.encode() == canonical_json(json.loads(proof))


@given(st.integers(2, 40), st.data())
def test_no_leaf_proves_the_root_from_another_place(size, data):
    levels = merkle_levels([leaf_digest({"n": n}) for n in range(size)])
    here, there = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    assert root_from_proof(levels[0][here], json.loads(merkle_proofs(levels)[there])) != levels[-1][0]


def test_a_document_that_nobody_touched_verifies():
    assert [verify(told, _is_signed) for told in _documents()] == [[]] * 5


def _changed(path, value):
    def tamper(told):
        *way, last = path
        for step in way:
            told = told[step]
        told[last] = value

    return tamper


@pytest.mark.parametrize(
    "tamper",
    [
        _changed(["content", "method"], "nothing was destroyed"),
        _changed(["content", "extra"], 1),
        _changed(["recording_id"], "r-9"),
        _changed(["id"], "c-9"),
        _changed(["batch", "size"], 4),
        _changed(["batch", "destroyed_at"], "2026-11-25T14:02:00+00:00"),
        _changed(["batch", "merkle_root"], "00" * 32),
        _changed(["batch", "signature"], _sign(b"something else")),
        _changed(["batch", "signature"], "not base64"),
        _changed(["proof"], []),
        _changed(["proof", 0, "side"], "right"),
        _changed(["proof", 0, "side"], "up"),
        _changed(["proof", 0, "digest"], "zz"),
        _changed(["read_back", "content", "absent_at"], "2026-11-25T14:02:00+00:00"),
        _changed(["read_back", "content", "recording_id"], "r-9"),
        _changed(["read_back", "signature"], ""),
        lambda told: told.pop("batch"),
        lambda told: told.update(content=None),
    ],
)
def test_a_document_that_was_tampered_with_is_found_out(tamper):
    told = copy.deepcopy(_documents()[1])
    tamper(told)
    assert verify(told, _is_signed) != []


def test_a_document_signed_by_another_key_is_found_out():
    other = Ed25519PrivateKey.generate().public_key()

    def by_other(message, signature):
        try:
            other.verify(base64.b64decode(signature), message)
        except InvalidSignature:
            return False
        return True

    assert len(verify(_documents()[0], by_other)) == 2
