/* The detail of one scope: position, measures, levers, last moves. */
import {
  AXES, amount, bar, barSet, byId, chip, clock, draw, make, mark, marksOf, model, number, onDraw, span, unitNote, words,
} from './parts.js';
import {changeItem} from './lists.js';

/* Whose evidence an axis rests on, where it is not the scope's own. */
const BASES = {linked: 'from the departments that served it, ', inherited: 'from the scope around it, '};

function axisLine(axis, a) {
  const div = make('div'), parts = bar();
  barSet(parts, axis, a);
  const note = !a ? 'not enough evidence' : (BASES[a.basis] || '') + (a.interval ? '95 %: ' + a.interval.map((v) => v.toFixed(1)).join(' – ') + ', ' : '') +
    (a.coverage !== undefined ? 'coverage ' + Math.round(100 * a.coverage) + ' %' : '');
  div.append(make('span', '', axis + ' ' + AXES[axis]), parts.root, make('p', 'note', note));
  return div;
}

function measureRow(name, m) {
  const tr = make('tr'), first = make('td', '', words(name)), rest = [], unit = unitNote(name, m);
  if (unit) rest.push('in ' + unit);
  if (m.waiting) rest.push(number(m.waiting) + ' waiting');
  if (m.published_at) rest.push('let out ' + clock(m.published_at));
  for (const [h, r] of Object.entries(m.horizons || {})) {
    if (r.value !== undefined) rest.push(h + ': ' + amount(r.value, name, m));
  }
  if (rest.length) first.append(make('small', '', rest.join('  ·  ')));
  tr.append(first);
  if (m.withheld) {
    const td = make('td', 'withheld', 'withheld: too few answers to protect those who gave them');
    td.colSpan = 5;
    tr.append(td);
    return tr;
  }
  tr.append(make('td', 'num', m.value === undefined ? '–' : amount(m.value, name, m)),
    make('td', 'num', number(m.n)),
    make('td', 'num', m.interval ? m.interval.map((v) => amount(v, name, m)).join(' – ') : '–'),
    make('td', 'num', m.score === undefined ? '–' : m.score.toFixed(0)),
    make('td', 'num', m.window || ''));
  return tr;
}

function tableOf(heads, body) {
  const table = make('table', 'detail-table'), head = make('thead'), tr = make('tr'), rest = make('tbody');
  heads.forEach((text, i) => {
    const th = make('th', i > 0 ? 'num' : '', text);
    th.scope = 'col';
    tr.append(th);
  });
  head.append(tr);
  rest.append(...body);
  table.append(head, rest);
  return table;
}

function leverRow(l, measures) {
  const tr = make('tr'), m = measures[l.measure];
  tr.append(make('td', '', words(l.measure)), make('td', 'num', l.axis + ' ' + l.to), make('td', 'num', amount(l.now, l.measure, m)),
    make('td', 'num', amount(l.needs, l.measure, m)), make('td', 'num', number(l.effort)));
  return tr;
}

/* In fast time a scope changes many times a second: the detail is drawn at most twice a second, and not
 * at all while it would show the same. */
const DRAW_MS = 500;
let drawn = null, drawnAt = 0, waiting = false;

function detailDue() {
  const now = {scope: model.opened, state: model.scopes.get(model.opened), moves: model.changes.length};
  if (drawn && drawn.scope === now.scope && drawn.state === now.state && drawn.moves === now.moves) return false;
  const rest = drawnAt + DRAW_MS - performance.now();
  if (drawn && drawn.scope === now.scope && rest > 0) {
    if (!waiting) setTimeout(() => { waiting = false; draw('detail'); }, rest);
    waiting = true;
    return false;
  }
  drawn = now;
  drawnAt = performance.now();
  return true;
}

function drawDetail() {
  if (!model.opened || !detailDue()) return;
  const s = model.scopes.get(model.opened);
  byId('detail-title').textContent = model.opened;
  if (!s) {
    byId('detail-state').replaceChildren();
    byId('detail-body').replaceChildren(make('p', 'empty', 'This scope is not known here.'));
    return;
  }
  byId('detail-state').replaceChildren(chip(s.octant), ...marksOf(s), make('span', 'mark', s.since ? 'for ' + span(model.asOf - s.since) : 'no octant yet'),
    make('span', 'mark', 'as of ' + clock(s.as_of)));
  const measures = s.measures || {}, levers = s.levers || [];
  const axes = make('div', 'axes');
  for (const axis of Object.keys(AXES)) axes.append(axisLine(axis, (s.axes || {})[axis]));
  const body = [make('h3', '', 'Position'), axes];
  const odds = Object.entries(s.probabilities || {}).filter(([, p]) => p >= 0.005).sort((a, b) => b[1] - a[1]);
  if (odds.length > 1) body.push(make('p', 'note', 'Probability: ' + odds.map(([o, p]) => o + ' ' + Math.round(100 * p) + ' %').join(', ')));
  body.push(make('h3', '', 'Measures'),
    tableOf(['Measure', 'Value', 'n', '95 % interval', 'Score', 'Window'], Object.entries(measures).map(([name, m]) => measureRow(name, m))));
  if (levers.length) {
    body.push(make('h3', '', 'Levers: what would move an axis to its other side'),
      tableOf(['Measure', 'Axis to', 'Now', 'Needs', 'Effort'], levers.map((l) => leverRow(l, measures))));
  }
  const moves = model.changes.filter((c) => c.scope === model.opened).slice(0, 8);
  if (moves.length) {
    const list = make('ol', 'list');
    list.append(...moves.map(changeItem));
    body.push(make('h3', '', 'Last moves'), list);
  }
  byId('detail-body').replaceChildren(...body);
}

onDraw((parts) => {
  if (parts.has('detail') || parts.has('scopes') || parts.has('changes')) drawDetail();
});
