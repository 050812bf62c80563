'use strict';

const OCTANTS = ['engagement', 'happy', 'target', 'incrowd', 'stress', 'burnout', 'cash', 'urgency'];
const AXES = {E: 'Employees', X: 'Experience', V: 'Value'};
const KINDS = ['organisation', 'division', 'region', 'department', 'segment'];
const CHANGES_SHOWN = 60;
const RESOLVED_SHOWN = 8;

const scopes = new Map();   /* key -> the last cube.state */
const rows = new Map();     /* key -> its table row */
const alerts = new Map();   /* fingerprint -> the last cube.alerts */
let changes = [];           /* newest first */
let thresholds = {E: 50, X: 50, V: 50};
let asOf = 0;
let chosen = null;          /* octant that filters */
let opened = null;          /* scope in the detail */
const due = new Set();      /* parts to draw in the next frame */

const byId = (id) => document.getElementById(id);

/* All text reaches the page here, as text. */
function make(tag, name, text) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (text !== undefined) e.textContent = text;
  return e;
}

function draw(part) {
  if (due.size === 0) requestAnimationFrame(frame);
  due.add(part);
}

function frame() {
  const parts = new Set(due);
  due.clear();
  if (parts.has('scopes')) drawScopes();
  if (parts.has('alerts')) drawAlerts();
  if (parts.has('changes')) drawChanges();
  if (parts.has('detail') || parts.has('scopes')) drawDetail();
  drawFacts();
}

/* Numbers and times */

function clock(ms) {
  return ms ? new Date(ms).toISOString().slice(0, 16).replace('T', ' ') : '–';
}

function span(ms) {
  if (!(ms >= 0)) return '–';
  const minutes = Math.floor(ms / 60000), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days >= 10) return days + ' d';
  if (days > 0) return days + ' d ' + (hours % 24) + ' h';
  if (hours > 0) return hours + ' h ' + (minutes % 60) + ' min';
  return minutes + ' min';
}

function number(v) {
  if (v === undefined || v === null) return '–';
  const size = Math.abs(v);
  const digits = size >= 1000 || Number.isInteger(v) ? 0 : size >= 10 ? 1 : 2;
  return v.toLocaleString('en-GB', {minimumFractionDigits: 0, maximumFractionDigits: digits});
}

function signed(v) {
  return (v < 0 ? '−' : '+') + Math.abs(v).toFixed(1);
}

function isShare(m) {
  return m.hits !== undefined && m.value !== undefined && m.value >= 0 && m.value <= 1;
}

function amount(v, share) {
  return share ? (100 * v).toFixed(1) + ' %' : number(v);
}

function words(name) {
  return name.replaceAll('_', ' ');
}

/* Pieces */

function chip(octant) {
  const e = make('span', 'chip', octant || 'no octant yet');
  e.style.setProperty('--chip', 'var(--' + (OCTANTS.includes(octant) ? octant : 'none') + ')');
  return e;
}

function mark(kind, title) {
  const e = make('span', 'mark', kind);
  e.dataset.kind = kind;
  e.title = title;
  return e;
}

function opener(key) {
  const e = make('button', 'open', key);
  e.type = 'button';
  e.addEventListener('click', (event) => { event.stopPropagation(); open(key); });
  return e;
}

function bar() {
  const e = make('div', 'axis');
  const track = make('div', 'bar');
  const parts = {root: e, fill: make('div', 'fill'), range: make('div', 'range'), limit: make('div', 'limit'), value: make('b')};
  track.append(parts.fill, parts.range, parts.limit);
  track.setAttribute('aria-hidden', 'true');
  e.append(track, parts.value);
  return parts;
}

function barSet(parts, axis, a) {
  const known = a && a.score !== undefined;
  parts.root.dataset.side = known && a.side !== 'unknown' ? a.side : 'none';
  parts.value.textContent = known ? Math.round(a.score) : '–';
  parts.fill.style.width = (known ? a.score : 0) + '%';
  parts.limit.style.left = thresholds[axis] + '%';
  parts.range.hidden = !known || !a.interval;
  if (!parts.range.hidden) {
    parts.range.style.left = a.interval[0] + '%';
    parts.range.style.width = Math.max(0, a.interval[1] - a.interval[0]) + '%';
  }
  parts.root.title = known ? AXES[axis] + ' ' + a.score.toFixed(1) + ', ' + a.side +
    (a.interval ? ', 95 % between ' + a.interval[0].toFixed(1) + ' and ' + a.interval[1].toFixed(1) : '') : AXES[axis] + ': not enough evidence';
}

function marksOf(s) {
  const list = [];
  if (s.undecided) list.push(mark('undecided', 'The evidence does not clear the threshold: the old side stays.'));
  if (s.stale) list.push(mark('stale', 'No fresh data: the position is frozen.'));
  if (s.complete === false) list.push(mark('incomplete', 'Decided without ' + (s.missing || []).join(', ')));
  return list;
}

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
  row.since.textContent = s.since ? span(asOf - s.since) : '–';
}

function wanted(key, s) {
  const text = byId('find').value.trim().toLowerCase();
  return (!text || key.toLowerCase().includes(text)) && (!chosen || s.octant === chosen);
}

/* Rows are kept and moved only when the list itself has changed: focus and selection stay. */
let shown = '';

function drawScopes() {
  const keys = [...scopes.keys()].filter((key) => wanted(key, scopes.get(key))).sort(order);
  for (const key of keys) {
    if (!rows.has(key)) rows.set(key, rowMake(key));
    rowSet(rows.get(key), scopes.get(key));
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
  byId('scopes-empty').textContent = scopes.size > 0 ? 'No scope matches the filter.' : 'Waiting for the first scopes.';
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

function makeOctants() {
  for (const octant of OCTANTS) {
    const li = make('li'), button = make('button', 'octant');
    button.type = 'button';
    button.style.setProperty('--chip', 'var(--' + octant + ')');
    button.append(make('b', '', '0'), make('span', '', octant));
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => { chosen = chosen === octant ? null : octant; draw('scopes'); });
    li.append(button);
    byId('octants').append(li);
    octantButtons.set(octant, button);
  }
}

function drawOctants() {
  const counts = {};
  for (const s of scopes.values()) counts[s.octant] = (counts[s.octant] || 0) + 1;
  for (const [octant, button] of octantButtons) {
    const n = counts[octant] || 0;
    button.firstChild.textContent = n;
    button.dataset.count = n;
    button.setAttribute('aria-pressed', String(chosen === octant));
    button.setAttribute('aria-label', octant + ': ' + n + (n === 1 ? ' scope' : ' scopes'));
  }
}

function drawFacts() {
  let firing = 0;
  for (const a of alerts.values()) firing += a.status === 'firing';
  byId('as-of').textContent = asOf ? clock(asOf) + ' UTC' : '–';
  byId('scope-count').textContent = scopes.size;
  byId('firing-count').textContent = firing;
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
  second.append(opener(labels.scope || ''));
  if (labels.severity) second.append(make('span', 'mark', labels.severity));
  if (a.value !== undefined) second.append(make('span', 'when', 'value ' + number(a.value) + (a.n ? ', n ' + number(a.n) : '')));
  li.append(first, second);
  const annotations = a.annotations || {};
  if (annotations.summary || annotations.description) li.append(make('p', 'note', annotations.summary || annotations.description));
  return li;
}

const RANK = {firing: 0, pending: 1, resolved: 2};

function drawAlerts() {
  const all = [...alerts.values()].sort((a, b) => RANK[a.status] - RANK[b.status] || (a.startsAt < b.startsAt ? 1 : -1));
  let resolved = 0;
  const list = all.filter((a) => a.status !== 'resolved' || resolved++ < RESOLVED_SHOWN);
  byId('alerts').replaceChildren(...list.map(alertItem));
  byId('alerts-empty').hidden = list.length > 0;
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

function changeItem(c) {
  const li = make('li', c.fresh ? 'fresh' : '');
  c.fresh = false;
  const first = make('div', 'line');
  first.append(opener(c.scope), make('span', 'when', clock(c.at)));
  const second = make('div', 'line');
  second.append(chip(c.from), make('span', '', '→'), chip(c.to));
  if (c.jump > 1) second.append(mark('jump ' + c.jump, 'Moved over ' + c.jump + ' axes at once'));
  li.append(first, second);
  const known = (c.axes || []).filter((a) => a.from !== undefined && a.to !== undefined);
  for (const a of known) li.append(driverLine(a));
  return li;
}

function drawChanges() {
  byId('changes').replaceChildren(...changes.slice(0, CHANGES_SHOWN).map(changeItem));
  byId('changes-empty').hidden = changes.length > 0;
}

/* The detail of one scope */

function open(key) {
  location.hash = '#/scope/' + encodeURIComponent(key).replaceAll('%3D', '=').replaceAll('%2C', ',');
}

function route() {
  const match = /^#\/scope\/(.+)$/.exec(location.hash);
  const dialog = byId('detail');
  try {
    opened = match ? decodeURIComponent(match[1]) : null;
  } catch {
    opened = null;
  }
  if (opened && !dialog.open) {
    dialog.showModal();
    byId('detail-title').focus();
  }
  if (!opened && dialog.open) dialog.close();
  draw('detail');
}

function axisLine(axis, a) {
  const div = make('div'), parts = bar();
  barSet(parts, axis, a);
  const note = !a ? 'not enough evidence' : (a.interval ? '95 %: ' + a.interval.map((v) => v.toFixed(1)).join(' – ') + '  ' : '') +
    (a.coverage !== undefined ? 'coverage ' + Math.round(100 * a.coverage) + ' %' : '');
  div.append(make('span', '', axis + ' ' + AXES[axis]), parts.root, make('p', 'note', note));
  return div;
}

function measureRow(name, m) {
  const tr = make('tr'), share = isShare(m);
  const first = make('td', '', words(name));
  const rest = [];
  if (m.waiting) rest.push(number(m.waiting) + ' waiting');
  if (m.published_at) rest.push('let out ' + clock(m.published_at));
  for (const [h, r] of Object.entries(m.horizons || {})) {
    if (r.value !== undefined) rest.push(h + ': ' + amount(r.value, share));
  }
  if (rest.length) first.append(make('small', '', rest.join('  ·  ')));
  tr.append(first);
  if (m.withheld) {
    const td = make('td', 'withheld', 'withheld: too few answers to protect those who gave them');
    td.colSpan = 5;
    tr.append(td);
    return tr;
  }
  tr.append(make('td', 'num', m.value === undefined ? '–' : amount(m.value, share)),
    make('td', 'num', number(m.n)),
    make('td', 'num', m.interval ? m.interval.map((v) => amount(v, share)).join(' – ') : '–'),
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
  const tr = make('tr'), share = isShare(measures[l.measure] || {});
  tr.append(make('td', '', words(l.measure)), make('td', 'num', l.axis + ' ' + l.to), make('td', 'num', amount(l.now, share)),
    make('td', 'num', amount(l.needs, share)), make('td', 'num', number(l.effort)));
  return tr;
}

function drawDetail() {
  if (!opened) return;
  const s = scopes.get(opened);
  byId('detail-title').textContent = opened;
  if (!s) {
    byId('detail-state').replaceChildren();
    byId('detail-body').replaceChildren(make('p', 'empty', 'This scope is not known here.'));
    return;
  }
  byId('detail-state').replaceChildren(chip(s.octant), ...marksOf(s), make('span', 'mark', s.since ? 'for ' + span(asOf - s.since) : 'no octant yet'),
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
  const moves = changes.filter((c) => c.scope === opened).slice(0, 8);
  if (moves.length) {
    const list = make('ol', 'list');
    list.append(...moves.map(changeItem));
    body.push(make('h3', '', 'Last moves'), list);
  }
  byId('detail-body').replaceChildren(...body);
}

/* Data */

function takeState(s) {
  scopes.set(s.scope, s);
  asOf = Math.max(asOf, s.as_of || 0);
  draw('scopes');
}

function takeChange(c, fresh) {
  if (changes.some((o) => o.scope === c.scope && o.at === c.at)) return;
  c.fresh = fresh;
  changes.unshift(c);
  changes.sort((a, b) => b.at - a.at);
  changes.length = Math.min(changes.length, 400);
  draw('changes');
}

async function json(path) {
  const answer = await fetch(path, {cache: 'no-store'});
  if (!answer.ok) throw new Error(path + ': ' + answer.status);
  return answer.json();
}

async function readAll() {
  const [s, a, c] = await Promise.all([json('/api/v1/scopes'), json('/api/v1/alerts'), json('/api/v1/changes')]);
  s.scopes.forEach(takeState);
  c.changes.forEach((change) => takeChange(change, false));
  takeAlerts(a.alerts);
}

/* The list holds what fires or is pending now; resolved ones seen on the stream stay for a while. */
function takeAlerts(list) {
  for (const [key, a] of alerts) if (a.status !== 'resolved') alerts.delete(key);
  for (const a of list) alerts.set(a.fingerprint, a);
  draw('alerts');
}

function linkState(state, text) {
  byId('link').dataset.state = state;
  byId('link-text').textContent = text;
}

function follow() {
  const source = new EventSource('/api/v1/stream');
  source.addEventListener('open', () => {
    linkState('on', 'live');
    readAll().catch(() => linkState('off', 'reading failed'));
  });
  source.addEventListener('error', () => {
    linkState('off', 'reconnecting');
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  });
  source.addEventListener('state', (event) => takeState(JSON.parse(event.data)));
  source.addEventListener('change', (event) => { takeChange(JSON.parse(event.data), true); });
  source.addEventListener('alert', (event) => {
    const a = JSON.parse(event.data);
    alerts.set(a.fingerprint, a);
    draw('alerts');
  });
}

function start() {
  makeOctants();
  byId('find').addEventListener('input', () => draw('scopes'));
  byId('detail-close').addEventListener('click', () => byId('detail').close());
  byId('detail').addEventListener('close', () => { if (location.hash) location.hash = '#/'; });
  byId('detail').addEventListener('click', (event) => { if (event.target === byId('detail')) byId('detail').close(); });
  window.addEventListener('hashchange', route);
  json('/api/v1/about').then((about) => {
    thresholds = about.thresholds;
    byId('name').textContent = about.name;
    byId('about').textContent = 'cubed ' + about.version + ', model ' + about.model + ', librdkafka ' + about.librdkafka;
    draw('scopes');
  }).catch(() => {});
  setInterval(() => json('/api/v1/alerts').then((a) => takeAlerts(a.alerts)).catch(() => {}), 5000); /* pending ones are not on the stream */
  route();
  follow();
}

start();
