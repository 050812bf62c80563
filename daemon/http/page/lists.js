/* The lists of the page: octants, scopes, alerts, moves. */
import {
  AXES, OCTANTS, bar, barSet, byId, chip, clock, draw, make, mark, marksOf, model, nothing, number, onDraw, opener, signed, span,
  words,
} from './parts.js';

const KINDS = ['organisation', 'division', 'region', 'department', 'segment'];
const CHANGES_SHOWN = 60;
const RESOLVED_SHOWN = 8;

const rows = new Map(); /* scope key -> its table row */

/* Scopes */

function kindOf(key) {
  return key.split(',').map((part) => part.split('=')[0]).join(' × ');
}

function order(a, b) {
  const ka = kindOf(a), kb = kindOf(b);
  const ia = KINDS.indexOf(ka), ib = KINDS.indexOf(kb);
  if (ka !== kb) return ((ia < 0 ? 99 : ia) - (ib < 0 ? 99 : ib)) || (ka < kb ? -1 : 1);
  return a < b ? -1 : a > b ? 1 : 0;
}

function rowMake(key) {
  const tr = make('tr', 'row');
  const octant = make('td'), since = make('td', 'num since');
  const bars = {};
  const name = make('td');
  name.append(opener(key));
  tr.append(name, octant);
  for (const axis of Object.keys(AXES)) {
    const td = make('td');
    bars[axis] = bar();
    td.append(bars[axis].root);
    tr.append(td);
  }
  tr.append(since);
  tr.addEventListener('click', () => open(key));
  return {tr, octant, since, bars, drawn: ''};
}

function rowSet(row, s) {
  const head = [s.octant, s.undecided, s.stale, s.complete].join();
  if (row.drawn !== head) {
    row.octant.replaceChildren(chip(s.octant), ...marksOf(s));
    row.drawn = head;
  }
  for (const axis of Object.keys(AXES)) barSet(row.bars[axis], axis, (s.axes || {})[axis]);
  row.since.textContent = s.since ? span(model.asOf - s.since) : '–';
}

function wanted(key, s) {
  const text = byId('find').value.trim().toLowerCase();
  return (!text || key.toLowerCase().includes(text)) && (!model.chosen || s.octant === model.chosen);
}

/* Rows are kept and moved only when the list itself has changed: focus and selection stay. */
let shown = '';

function drawScopes() {
  const keys = [...model.scopes.keys()].filter((key) => wanted(key, model.scopes.get(key))).sort(order);
  for (const key of keys) {
    if (!rows.has(key)) rows.set(key, rowMake(key));
    rowSet(rows.get(key), model.scopes.get(key));
  }
  const list = keys.join('\n');
  if (list !== shown) {
    shown = list;
    const body = [];
    let kind = null;
    for (const key of keys) {
      if (kindOf(key) !== kind) {
        kind = kindOf(key);
        if (kind !== 'organisation') body.push(groupRow(kind));
      }
      body.push(rows.get(key).tr);
    }
    byId('scopes').replaceChildren(...body);
  }
  byId('scopes-empty').hidden = keys.length > 0;
  byId('scopes-empty').textContent = model.scopes.size > 0 ? 'No scope matches the filter.' : nothing('Waiting for the first scopes.');
  drawOctants();
}

function groupRow(kind) {
  const tr = make('tr', 'group'), th = make('th', '', kind.charAt(0).toUpperCase() + kind.slice(1));
  th.colSpan = 6;
  th.scope = 'rowgroup';
  tr.append(th);
  return tr;
}

const octantButtons = new Map();

export function makeOctants() {
  for (const octant of OCTANTS) {
    const li = make('li'), button = make('button', 'octant');
    button.type = 'button';
    button.style.setProperty('--chip', 'var(--' + octant + ')');
    button.append(make('b', '', '0'), make('span', '', octant));
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => { model.chosen = model.chosen === octant ? null : octant; draw('scopes'); });
    li.append(button);
    byId('octants').append(li);
    octantButtons.set(octant, button);
  }
}

function drawOctants() {
  const counts = {};
  for (const s of model.scopes.values()) counts[s.octant] = (counts[s.octant] || 0) + 1;
  for (const [octant, button] of octantButtons) {
    const n = counts[octant] || 0;
    button.firstChild.textContent = n;
    button.dataset.count = n;
    button.setAttribute('aria-pressed', String(model.chosen === octant));
    button.setAttribute('aria-label', octant + ': ' + n + (n === 1 ? ' scope' : ' scopes'));
  }
}

function drawFacts() {
  let firing = 0;
  for (const a of model.alerts.values()) firing += a.status === 'firing';
  byId('as-of').textContent = model.asOf ? clock(model.asOf) + ' UTC' : '–';
  byId('scope-count').textContent = model.complete || model.scopes.size ? model.scopes.size : '–';
  byId('firing-count').textContent = model.complete || model.alerts.size ? firing : '–';
  byId('firing-count').dataset.bad = firing > 0 ? 'yes' : 'no';
  document.title = (firing > 0 ? '(' + firing + ') ' : '') + 'cubed';
}

/* Alerts */

function alertItem(a) {
  const li = make('li');
  const labels = a.labels || {};
  li.dataset.status = a.status;
  const first = make('div', 'line');
  const status = make('span', 'status', a.status);
  status.dataset.status = a.status;
  const since = Date.parse(a.status === 'resolved' ? a.endsAt : a.startsAt);
  first.append(status, make('strong', '', labels.alertname), make('span', 'when', since > 0 ? clock(since) : ''));
  const second = make('div', 'line');
  second.append(labels.scope ? opener(labels.scope) : make('span', 'mark', labels.task || ''));
  if (labels.severity) second.append(make('span', 'mark', labels.severity));
  if (a.value !== undefined) second.append(make('span', 'when', 'value ' + number(a.value) + (a.n ? ', n ' + number(a.n) : '')));
  li.append(first, second);
  const annotations = a.annotations || {};
  if (annotations.summary || annotations.description) li.append(make('p', 'note', annotations.summary || annotations.description));
  return li;
}

/* What was drawn last: the list is announced and may hold the focus, so it stays while nothing changes. */
let told = '';

const RANK = {firing: 0, pending: 1, resolved: 2};

function drawAlerts() {
  const all = [...model.alerts.values()].sort((a, b) => RANK[a.status] - RANK[b.status] || (a.startsAt < b.startsAt ? 1 : -1));
  let resolved = 0;
  const list = all.filter((a) => a.status !== 'resolved' || resolved++ < RESOLVED_SHOWN);
  const text = JSON.stringify(list);
  byId('alerts-empty').hidden = list.length > 0;
  byId('alerts-empty').textContent = nothing('Nothing is firing.');
  if (text === told) return;
  told = text;
  byId('alerts').replaceChildren(...list.map(alertItem));
}

/* Moves */

function driverLine(axis) {
  const p = make('p', 'drivers');
  p.append(make('b', '', axis.axis + ' ' + axis.from.toFixed(0) + ' → ' + axis.to.toFixed(0)));
  const list = (axis.drivers || []).filter((d) => Math.abs(d.contribution) >= 0.05)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, 4)
    .map((d) => words(d.measure) + ' ' + signed(d.contribution));
  if (list.length) p.append(': ' + list.join(', '));
  return p;
}

export function changeItem(c) {
  const li = make('li', c.fresh ? 'fresh' : '');
  c.fresh = false;
  const first = make('div', 'line');
  first.append(opener(c.scope), make('span', 'when', clock(c.at)));
  const second = make('div', 'line');
  second.append(chip(c.from), make('span', '', '→'), chip(c.to));
  if (c.move) second.append(make('span', 'when', c.move));
  if (c.jump > 1) second.append(mark('jump ' + c.jump, 'Moved over ' + c.jump + ' axes at once'));
  li.append(first, second);
  const known = (c.axes || []).filter((a) => a.from !== undefined && a.to !== undefined);
  for (const a of known) li.append(driverLine(a));
  return li;
}

function drawChanges() {
  byId('changes').replaceChildren(...model.changes.slice(0, CHANGES_SHOWN).map(changeItem));
  byId('changes-empty').hidden = model.changes.length > 0;
}

onDraw((parts) => {
  if (parts.has('scopes')) drawScopes();
  if (parts.has('alerts')) drawAlerts();
  if (parts.has('changes')) drawChanges();
  drawFacts();
});
