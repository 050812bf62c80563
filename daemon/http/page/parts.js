/* What the page knows, and the small pieces it is made of. */

export const OCTANTS = ['engagement', 'happy', 'target', 'incrowd', 'stress', 'burnout', 'cash', 'urgency'];
export const AXES = {E: 'Employees', X: 'Experience', V: 'Value'};

export const model = {
  scopes: new Map(), /* key -> the last cube.state */
  alerts: new Map(), /* fingerprint -> the last cube.alerts */
  changes: [],       /* newest first */
  thresholds: {E: 50, X: 50, V: 50},
  units: {},         /* measure -> unit of its value, where the configuration names one */
  complete: true,    /* the instance has all its tasks: a scope or alert that it does not tell of is none */
  why: '',           /* the instance is not ready */
  asOf: 0,           /* the latest event time seen */
  chosen: null,      /* octant that filters */
  opened: null,      /* scope in the detail */
};

const painters = [];
const due = new Set();

/* paint(parts) is called in the next frame after draw(part). */
export function onDraw(paint) {
  painters.push(paint);
}

export function draw(part) {
  if (due.size === 0) requestAnimationFrame(frame);
  due.add(part);
}

function frame() {
  const parts = new Set(due);
  due.clear();
  for (const paint of painters) paint(parts);
}

export const byId = (id) => document.getElementById(id);

/* All text reaches the page here, as text. */
export function make(tag, name, text) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (text !== undefined) e.textContent = text;
  return e;
}

/* Numbers and times */

export function clock(ms) {
  return ms ? new Date(ms).toISOString().slice(0, 16).replace('T', ' ') : '–';
}

export function span(ms) {
  if (!(ms >= 0)) return '–';
  const minutes = Math.floor(ms / 60000), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days >= 10) return days + ' d';
  if (days > 0) return days + ' d ' + (hours % 24) + ' h';
  if (hours > 0) return hours + ' h ' + (minutes % 60) + ' min';
  return minutes + ' min';
}

/* A duration that need not be one of minutes. */
function lasting(ms) {
  const seconds = Math.abs(ms) / 1000;
  return (ms < 0 ? '−' : '') + (seconds < 1 ? Math.round(Math.abs(ms)) + ' ms' : seconds < 60 ? seconds.toFixed(1) + ' s' : span(Math.abs(ms)));
}

export function number(v) {
  if (v === undefined || v === null) return '–';
  const size = Math.abs(v);
  const digits = size >= 1000 || Number.isInteger(v) ? 0 : size >= 10 ? 1 : 2;
  return v.toLocaleString('en-GB', {minimumFractionDigits: 0, maximumFractionDigits: digits});
}

export function signed(v) {
  return (v < 0 ? '−' : '+') + Math.abs(v).toFixed(1);
}

/* How values of a measure read: hits of n are a share, whoever wrote down its unit. */
function unitOf(name, m) {
  return m && m.hits !== undefined ? 'share' : model.units[name] || '';
}

export function amount(v, name, m) {
  const unit = unitOf(name, m);
  if (/^share\b/.test(unit)) return (100 * v).toFixed(1) + ' %' + unit.slice('share'.length);
  return unit === 'ms' ? lasting(v) : number(v);
}

/* What stands beside the name: of shares and durations each value says it. */
export function unitNote(name, m) {
  const unit = unitOf(name, m);
  return unit === 'ms' || /^share\b/.test(unit) ? '' : unit;
}

export function words(name) {
  return name.replaceAll('_', ' ');
}

/* Of an empty list: that there is nothing, or that nobody knows. */
export function nothing(text) {
  return model.complete ? text : 'Not known now: ' + model.why + '.';
}

/* Pieces */

export function open(key) {
  location.hash = '#/scope/' + encodeURIComponent(key).replaceAll('%3D', '=').replaceAll('%2C', ',');
}

export function chip(octant) {
  if (!octant) return make('span', 'none', 'no octant yet');
  const e = make('span', 'chip', octant);
  e.style.setProperty('--chip', 'var(--' + (OCTANTS.includes(octant) ? octant : 'none') + ')');
  return e;
}

export function mark(kind, title) {
  const e = make('span', 'mark', kind);
  e.dataset.kind = kind;
  e.title = title;
  return e;
}

export function opener(key) {
  const e = make('button', 'open', key);
  e.type = 'button';
  e.addEventListener('click', (event) => { event.stopPropagation(); open(key); });
  return e;
}

export function bar() {
  const e = make('div', 'axis');
  const track = make('div', 'bar');
  const parts = {root: e, fill: make('div', 'fill'), range: make('div', 'range'), limit: make('div', 'limit'), value: make('b')};
  track.append(parts.fill, parts.range, parts.limit);
  track.setAttribute('aria-hidden', 'true');
  e.append(track, parts.value);
  return parts;
}

export function barSet(parts, axis, a) {
  const known = a && a.score !== undefined;
  parts.root.dataset.side = known && a.side !== 'unknown' ? a.side : 'none';
  parts.value.textContent = known ? Math.round(a.score) : '–';
  parts.fill.style.width = (known ? a.score : 0) + '%';
  parts.limit.style.left = model.thresholds[axis] + '%';
  parts.range.hidden = !known || !a.interval;
  if (!parts.range.hidden) {
    parts.range.style.left = a.interval[0] + '%';
    parts.range.style.width = Math.max(0, a.interval[1] - a.interval[0]) + '%';
  }
  parts.root.title = known ? AXES[axis] + ' ' + a.score.toFixed(1) + ', ' + a.side +
    (a.interval ? ', 95 % between ' + a.interval[0].toFixed(1) + ' and ' + a.interval[1].toFixed(1) : '') : AXES[axis] + ': not enough evidence';
}

export function marksOf(s) {
  const list = [];
  if (s.undecided) list.push(mark('undecided', 'The evidence does not clear the threshold: the old side stays.'));
  if (s.stale) list.push(mark('stale', 'No fresh data: the position is frozen.'));
  if (s.complete === false) list.push(mark('incomplete', 'Decided without ' + (s.missing || []).join(', ')));
  return list;
}
