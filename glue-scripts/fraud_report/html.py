"""HTML as a tree of elements, so that all text is escaped."""

from xml.etree.ElementTree import Element, tostring

Child = Element | str | None


def h(tag: str, *children: Child, **attributes: str | float) -> Element:
    """An element. In names of attributes, `_` stands for `-`, and one at the end (`class_`) for nothing."""
    named = {name.rstrip("_").replace("_", "-"): str(value) for name, value in attributes.items()}
    element = Element(tag, named)
    last = None
    for child in children:
        if child is None:
            continue
        if isinstance(child, Element):
            element.append(child)
            last = child
        elif last is None:
            element.text = (element.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return element


def document(root: Element) -> str:
    return f"<!doctype html>\n{tostring(root, encoding='unicode', method='html')}\n"
