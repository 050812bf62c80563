"""One curve as SVG: a line with its points, axes from zero upwards, labels at each point."""

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 70, 20, 40, 50


def rounded_up(value):
    """The next of 1, 2, 5 times a power of ten."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    return next(power * m for m in (1, 2, 5, 10) if power * m >= value)


def plot(title, axis, unit, points):
    """points: [(label, value), ...], at equal distances: the axes of the curves grow by factors."""
    top = rounded_up(max([1.0, *(v for _, v in points)]))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points) - 1)
    places = [(LEFT + i * step, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * v / top) for i, (_, v) in enumerate(points)]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', f'<text x="{LEFT}" y="20" font-size="15">{title}</text>']
    for i in range(5):
        y, value = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * i / 4, top * i / 4
        out += [f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>',
                f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.6g}</text>']
    out.append('<polyline fill="none" stroke="#1f5fa8" stroke-width="2" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>')
    for (label, value), (x, y) in zip(points, places):
        anchor = "start" if x == LEFT else "end" if x > WIDTH - RIGHT - 1 else "middle"
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#1f5fa8"/>', f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}">{value:,.4g}</text>',
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="{anchor}">{label}</text>']
    out.append(f'<text x="{LEFT}" y="{HEIGHT - 10}">{axis}: {unit}</text></svg>')
    return "\n".join(out) + "\n"
