"""Moderation, images, speech, transcription, video jobs and legacy completions with openai."""

from __future__ import annotations

import base64
import struct

import pytest

openai = pytest.importorskip("openai")


@pytest.fixture(scope="module")
def client(mocks):
    with openai.OpenAI(
        base_url=mocks.url("openai"),
        api_key="sk-test-0123456789abcdef",
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


def test_moderation(client):
    answer = client.moderations.create(input=["a fine day", "I will kill you"])
    assert [result.flagged for result in answer.results] == [False, True]
    assert answer.results[1].categories.violence


def test_images(client):
    answer = client.images.generate(model="gpt-image-1", prompt="a cat", size="1024x1536", n=2)
    pictures = [base64.b64decode(image.b64_json) for image in answer.data]
    assert [struct.unpack(">II", picture[16:24]) for picture in pictures] == [(1024, 1536)] * 2
    assert answer.usage.total_tokens > 0


@pytest.mark.parametrize(
    ("form", "start"), [("mp3", b"\xff\xfb"), ("wav", b"RIFF"), ("pcm", b"\x00\x00")]
)
def test_speech(client, form, start):
    spoken = client.audio.speech.create(
        model="tts-1", voice="alloy", input="Good morning to you", response_format=form
    )
    assert spoken.content.startswith(start)
    assert len(spoken.content) > 1000


def test_transcription(client):
    sound = ("a.wav", b"RIFF", "audio/wav")
    plain = client.audio.transcriptions.create(model="whisper-1", file=sound)
    detailed = client.audio.transcriptions.create(
        model="whisper-1", file=sound, response_format="verbose_json"
    )
    text = client.audio.transcriptions.create(model="whisper-1", file=sound, response_format="text")
    assert plain.text
    assert detailed.segments[0].text == detailed.text
    assert isinstance(text, str)


def test_video_job(client):
    job = client.videos.create(model="sora-2", prompt="a cat")
    assert (job.status, job.progress) == ("queued", 0)
    assert client.videos.retrieve(job.id).created_at == job.created_at
    assert client.videos.download_content(job.id).content[4:8] == b"ftyp"


def test_completions(client):
    answer = client.completions.create(
        model="gpt-3.5-turbo-instruct", prompt=["a", "b"], max_tokens=5
    )
    lax = client.with_options(_extra_kwargs={"_strict_response_validation": False})  # its strict
    # parser wants a finish reason in every chunk, which the API does not send
    chunks = list(
        lax.completions.create(
            model="gpt-3.5-turbo-instruct", prompt="a", max_tokens=5, stream=True
        )
    )
    assert [choice.finish_reason for choice in answer.choices] == ["length", "length"]
    assert answer.usage.completion_tokens == 10
    assert chunks[-1].choices[0].finish_reason == "length"
    assert "".join(chunk.choices[0].text for chunk in chunks)
