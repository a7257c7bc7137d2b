"""The page: controls on the left, what they do to a picture on the right, drawn at each change."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import panel as pn
from matplotlib.figure import Figure
from PIL import Image

from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.data.photograph import as_array, open_content, square_photograph
from beyond_blur.data.pixels import resize, to_uint8
from beyond_blur.play.samples import Network, Samples
from beyond_blur.play.state import (
    FLOW,
    METHODS,
    N_LEVELS,
    Setting,
    State,
    levels_by_name,
    state_of,
)
from beyond_blur.rendering.flow_pictures import velocity_colours
from beyond_blur.storage.atomic import ArtifactError

SIZES = (64, 128, 256)
"""Sides in pixels that a picture is brought to: its centre square."""

SHOWN = 320
"""Side of a picture on the page, in its pixels."""

FULL_SPEED = 2.5
"""Speed of full colour, in units of the speed that the Péclet number asks for."""


def page(networks: Mapping[str, Network]) -> pn.viewable.Viewable:
    """The whole page.

    Parameters
    ----------
    networks : mapping of str to Network
        Trained networks by the names that the page gives them; without any it has no samples.
    """
    own = pn.widgets.FileInput(accept="image/*")
    size = pn.widgets.RadioButtonGroup(options=list(SIZES), value=128)
    choices = [
        pn.Column(caption("picture (none: a sample photograph)"), own),
        pn.Column(caption("pixels"), size),
    ]
    views: list[pn.viewable.Viewable] = [corruption(own, size, choices)]
    if networks:
        views.append(samples(networks, own))
    return pn.Column("# beyond_blur", *views)


def picture_of(content: bytes | None, size: int) -> np.ndarray:
    """The centre square of a picture: float32 (c, size, size)."""
    if not content:
        return square_photograph(None, size)
    return as_array(Image.fromarray(resize(open_content(io.BytesIO(content)), size)))


def corruption(
    own: pn.widgets.FileInput,
    size: pn.widgets.RadioButtonGroup,
    choices: Sequence[pn.viewable.Viewable],
) -> pn.FlexBox:
    """Controls of a process, and the picture under them."""
    method = pn.widgets.Select(label="process", options=list(METHODS))
    controls = {
        "method": method,
        "level": pn.widgets.DiscreteSlider(
            label="level", value=N_LEVELS // 2, options=pn.bind(levels_by_name, method, size)
        ),
        "peclet": pn.widgets.FloatSlider(label="Péclet number", value=0.1, end=0.3, step=0.005),
        "divergence_free": pn.widgets.Checkbox(label="divergence-free flow"),
        "slope": pn.widgets.FloatSlider(
            label="slope of the flow's spectrum", value=-1.65, start=-4, end=0, step=0.05
        ),
        "seed": pn.widgets.IntInput(label="seed", value=0, start=0),
    }
    of_flow = [controls[name] for name in ("peclet", "divergence_free", "slope")]
    for control in of_flow:
        control.visible = method.param.value.rx() == FLOW
    values = {name: one.param.value for name, one in controls.items()}
    view = pn.bind(view_of, own, size, **values)
    return pn.FlexBox(
        pn.Column(*choices, *controls.values(), width=320),
        # Beside the controls where there is room for one picture, else below.
        pn.Column(waited_for(view), styles={"flex": f"1 1 {SHOWN}px"}),
    )


def waited_for(view: object) -> pn.param.ParamFunction:
    """What is computed once the page is there, with a sign while it takes time.

    The first picture of a new machine takes long, as loops are compiled: a page that waited for it
    would be blank until then.
    """
    return pn.panel(view, defer_load=True, loading_indicator=True)


def view_of(content: bytes | None, size: int, **values: object) -> pn.Column:
    """What is shown of a picture file; of one that is none, and of what cannot be solved, why."""
    try:
        picture = picture_of(content, size)
        return shown(picture, state_of(picture, Setting(**values)))  # type: ignore[arg-type]
    except ValueError as error:
        return pn.Column(pn.pane.Alert(str(error), alert_type="warning"))


def shown(picture: np.ndarray, state: State) -> pn.Column:
    """A picture before and after, the flow, the spectra, and the numbers."""
    rows = [titled("picture", png(picture)), titled("corrupted", png(state.image))]
    if state.flow is not None:
        colours = velocity_colours(state.flow, FULL_SPEED)
        rows.append(
            titled("flow (hue is direction; red: to the right)", png(colours.transpose(2, 0, 1)))
        )
    facts = "\n".join(f"| {name} | {value} |" for name, value in state.facts.items())
    return pn.Column(
        pn.FlexBox(*rows),
        pn.FlexBox(
            pn.pane.Matplotlib(spectra(picture, state), format="svg", width=380, height=260),
            pn.pane.Markdown(f"| of this picture | |\n| --- | --- |\n{facts}"),
        ),
    )


def titled(title: str, content: bytes) -> pn.Column:
    """A picture under its name, every pixel a square."""
    pane = pn.pane.PNG(content, width=SHOWN, height=SHOWN)
    return pn.Column(caption(title), pane)


def caption(text: str) -> pn.pane.Markdown:
    """A line of text close above what it names."""
    return pn.pane.Markdown(text, stylesheets=["p { margin: 0 }"])


def png(picture: np.ndarray) -> bytes:
    """A picture (c, h, w), cut to [0, 1], as large as it is shown."""
    pixels = to_uint8(picture).transpose(1, 2, 0)
    image = Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels)
    large = image.resize((SHOWN, SHOWN), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    large.save(stream, "png")
    return stream.getvalue()


def spectra(picture: np.ndarray, state: State) -> Figure:
    """Energy over wave numbers, of the picture and of its state."""
    figure = Figure(figsize=(3.8, 2.6), layout="constrained")
    axes = figure.add_subplot()
    axes.loglog(*radial_spectrum(picture), color="0.6", label="picture")
    axes.loglog(state.wavenumber, state.energy, label="corrupted")
    axes.set_xlabel("wave number, half waves per side")
    axes.set_ylabel("energy per mode")
    axes.set_ylim(bottom=1e-9)
    axes.legend(frameon=False)
    return figure


def samples(networks: Mapping[str, Network], own: pn.widgets.FileInput) -> pn.Column:
    """A trained network's way from its start to a sample, one more at each press of the button."""
    network = pn.widgets.Select(label="trained network", options=list(networks))
    seed = pn.widgets.IntInput(label="seed", value=0, start=0)
    draw = pn.widgets.Button(label="draw a sample", color="primary")

    def drawn(pressed: int, name: str, number: int, content: bytes | None) -> pn.viewable.Viewable:
        if not pressed:
            return pn.Column()
        try:
            made = networks[name].sample(number, content)
        except (ValueError, ArtifactError) as error:
            return pn.pane.Alert(str(error), alert_type="warning")
        return strip(made)

    pressed = draw.param.clicks
    way = pn.bind(drawn, pressed, network.param.value.rx(), seed.param.value.rx(), own)
    return pn.Column("## Samples", pn.FlexBox(network, seed, draw), waited_for(way))


def strip(made: Samples) -> pn.Column:
    """States of a sample side by side under their levels."""
    panes = [
        pn.Column(caption(name), pn.pane.PNG(png(state / 255), width=110, height=110))
        for name, state in zip(made.levels, made.states, strict=True)
    ]
    return pn.Column(caption(made.title), pn.FlexBox(*panes))
