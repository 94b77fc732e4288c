"""The table of what mail clients can show, made anew from caniemail's data.

    npm pack caniemail@latest && tar xzf caniemail-*.tgz
    python -m digest.checks.refresh package > digest/checks/caniemail.json

Kept are the clients of `CLIENTS`, what the newest version of each supports, the
notes to that, and for each feature the uses that `digest.checks.uses` finds it by.
A feature without a row in `_USES` below whose name says nothing is left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: caniemail's family and platform → our name; by readers, the most first
CLIENTS: Mapping[str, str] = {
    "apple-mail/ios": "Apple Mail (iOS)",
    "apple-mail/macos": "Apple Mail (macOS)",
    "gmail/desktop-webmail": "Gmail",
    "gmail/ios": "Gmail (iOS)",
    "gmail/android": "Gmail (Android)",
    "outlook/windows": "Outlook (Windows)",
    "outlook/outlook-com": "Outlook.com",
    "outlook/macos": "Outlook (macOS)",
    "outlook/ios": "Outlook (iOS)",
    "outlook/android": "Outlook (Android)",
    "yahoo/desktop-webmail": "Yahoo Mail",
    "samsung-email/android": "Samsung Email",
    "thunderbird/macos": "Thunderbird",
    "protonmail/desktop-webmail": "Proton Mail",
    "fastmail/desktop-webmail": "Fastmail",
    "gmx/desktop-webmail": "GMX",
    "web-de/desktop-webmail": "WEB.DE",
}

#: features that are no property, element or attribute of their own name
_USES: Mapping[str, str] = {
    "css-animation": "property:animation property:animation-name",
    "css-at-font-face": "at:font-face",
    "css-at-import": "at:import",
    "css-at-keyframes": "at:keyframes",
    "css-at-media": "at:media",
    "css-at-media-device-pixel-ratio": "media:-webkit-device-pixel-ratio "
    "media:-webkit-min-device-pixel-ratio media:min-device-pixel-ratio",
    "css-at-media-hover": "media:hover media:any-hover",
    "css-at-media-orientation": "media:orientation",
    "css-at-media-prefers-color-scheme": "media:prefers-color-scheme",
    "css-at-media-prefers-reduced-motion": "media:prefers-reduced-motion",
    "css-at-supports": "at:supports",
    "css-block-inline-size": "property:block-size property:inline-size",
    "css-border": "property:border property:border-top property:border-right "
    "property:border-bottom property:border-left",
    "css-border-inline-block": "property:border-inline property:border-block",
    "css-border-inline-block-individual": "property:border-inline-start "
    "property:border-inline-end property:border-block-start property:border-block-end",
    "css-border-radius-logical": "property:border-start-start-radius "
    "property:border-start-end-radius property:border-end-start-radius "
    "property:border-end-end-radius",
    "css-column-layout-properties": "property:columns property:column-width "
    "property:column-rule property:column-span property:column-fill",
    "css-conic-gradient": "function:conic-gradient",
    "css-display-flex": "value:display:flex value:display:inline-flex",
    "css-display-grid": "value:display:grid value:display:inline-grid",
    "css-display-none": "value:display:none",
    "css-flex-direction": "value:flex-direction:column",
    "css-flex-wrap": "value:flex-wrap:wrap",
    "css-function-clamp": "function:clamp",
    "css-function-light-dark": "function:light-dark",
    "css-function-max": "function:max",
    "css-function-min": "function:min",
    "css-gap": "property:gap property:column-gap property:row-gap",
    "css-grid-template": "property:grid-template property:grid-template-columns "
    "property:grid-template-rows property:grid-template-areas",
    "css-important": "important",
    "css-inert-attribute": "attribute:inert",
    "css-intrinsic-size": "keyword:fit-content keyword:min-content keyword:max-content",
    "css-left-right-top-bottom": "property:left property:right property:top "
    "property:bottom",
    "css-linear-gradient": "function:linear-gradient "
    "function:repeating-linear-gradient",
    "css-margin-block-start-end": "property:margin-block-start "
    "property:margin-block-end",
    "css-margin-inline-block": "property:margin-inline property:margin-block",
    "css-margin-inline-start-end": "property:margin-inline-start "
    "property:margin-inline-end",
    "css-modern-color": "function:lch function:oklch function:lab function:oklab",
    "css-nesting": "nesting",
    "css-padding-block-start-end": "property:padding-block-start "
    "property:padding-block-end",
    "css-padding-inline-block": "property:padding-inline property:padding-block",
    "css-padding-inline-start-end": "property:padding-inline-start "
    "property:padding-inline-end",
    "css-radial-gradient": "function:radial-gradient "
    "function:repeating-radial-gradient",
    "css-rgb": "function:rgb",
    "css-rgba": "function:rgba",
    "css-scroll-snap": "property:scroll-snap-type property:scroll-snap-align",
    "css-sytem-ui": "keyword:system-ui keyword:ui-serif keyword:ui-sans-serif "
    "keyword:ui-rounded keyword:ui-monospace",
    "css-transition": "property:transition property:transition-property",
    "css-unit-calc": "function:calc",
    "css-unit-initial": "keyword:initial",
    "css-unit-percent": "unit:%",
    "css-variables": "function:var property:--",
    "html-anchor-links": "link:#",
    "html-button-reset": "input:reset",
    "html-button-submit": "input:submit element:button",
    "html-form": "element:form",
    "html-h1-h6": "element:h1 element:h2 element:h3 element:h4 element:h5 element:h6",
    "html-image-maps": "element:map element:area attribute:usemap",
    "html-lists": "element:ul element:ol element:dl",
    "html-loading-attribute": "attribute:loading",
    "html-mailto-links": "link:mailto",
    "html-meta-color-scheme": "meta:color-scheme",
    "html-semantics": "element:article element:section element:header element:footer "
    "element:nav element:main element:aside element:figure element:figcaption "
    "element:mark element:time element:details element:summary",
    "html-srcset": "attribute:srcset attribute:sizes",
    "html-svg": "element:svg",
    "image-apng": "image:apng",
    "image-base64": "link:data",
    "image-heif": "image:heif image:heic",
    "image-jpg": "image:jpg image:jpeg",
    "image-mp4": "image:mp4",
    "image-tiff": "image:tiff image:tif",
}

#: slugs whose names say it: what they begin with → the use
_NAMED: Mapping[str, str] = {
    "css-unit-": "unit:",
    "css-pseudo-class-": "pseudo:",
    "css-pseudo-element-": "pseudo-element:",
    "css-selector-": "selector:",
    "css-": "property:",
    "html-input-": "input:",
    "image-": "image:",
}

#: what is in every e-mail (comments, a doctype, a body), what is not in the HTML
#: at all (BIMI, AMP), and what has no name to be found by
_LEFT_OUT = frozenset(
    "amp bimi css-border-inline-block-longhand css-comments css-selector-type "
    "html-body html-comments html-doctype image-hdr".split()
)


def compact(data: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Of caniemail's whole data what the check needs."""
    return {
        "source": f"https://www.caniemail.com, npm caniemail {version}",
        "licence": "MIT, © 2019 Rémi Parmentier; npm package © Avi Goldman, "
        "Andrew Powell; the text is in caniemail.LICENSE",
        "date": data["last_update_date"][:10],
        "clients": list(CLIENTS.values()),
        "features": {
            feature["slug"]: _feature(feature)
            for feature in data["data"]
            if feature["slug"] not in _LEFT_OUT
        },
    }


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    stats = [_newest(feature, client) for client in CLIENTS]
    noted = {number for stat in stats for number in re.findall(r"#(\d+)", stat)}
    notes = feature["notes_by_num"] or {}
    return {
        "title": feature["title"],
        "tested": feature["last_test_date"],
        "uses": _uses(feature["slug"], feature["title"]),
        "support": stats,
        "notes": {number: notes[number] for number in sorted(noted & notes.keys())},
    }


def _newest(feature: Mapping[str, Any], client: str) -> str:
    """y, n, a (in part) or u (unknown), and the numbers of its notes."""
    family, platform = client.split("/")
    versions = feature["stats"].get(family, {}).get(platform, {})
    return list(versions.values())[-1] if versions else "u"


def _uses(slug: str, title: str) -> list[str]:
    if slug in _USES:
        return _USES[slug].split()
    for start, use in _NAMED.items():
        if slug.startswith(start):
            return [use + slug.removeprefix(start)]
    return list(_html_uses(slug.removeprefix("html-"), title))


def _html_uses(name: str, title: str) -> Iterator[str]:
    """An element or an attribute: the title says which."""
    yield f"attribute:{name}" if "attribute" in title else f"element:{name}"


def main(package: Path) -> None:
    """Print the table, of the npm package's folder."""
    version = json.loads((package / "package.json").read_text())["version"]
    data = json.loads((package / "data/caniemail.json").read_text())
    table = json.dumps(compact(data, version), ensure_ascii=False, indent=1)
    # a line for each feature's list of clients, so that a diff can be read
    flat = re.sub(r"\[\n\s+([^\[\]]*?)\n\s+\]", _one_line, table)
    sys.stdout.write(flat + "\n")


def _one_line(match: re.Match[str]) -> str:
    return "[" + re.sub(r"\s*\n\s*", " ", match[1]) + "]"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
