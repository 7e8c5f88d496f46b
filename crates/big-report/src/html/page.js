for (const table of document.querySelectorAll('table')) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const caption = table.caption ? table.caption.textContent : '';
  // On a phone rows are cards: what they are is said, because their display no longer does.
  for (const [role, what] of [['rowgroup', 'thead,tbody'], ['row', 'tr'], ['columnheader', 'th'], ['cell', 'td']])
    for (const one of table.querySelectorAll(what)) one.setAttribute('role', role);
  table.setAttribute('role', 'table');

  const value = cell => {
    const { v, p } = cell.dataset;
    if (p !== undefined) return JSON.parse(p);
    return v === undefined ? cell.textContent : cell.classList.contains('b') ? v === '1' : Number(v);
  };
  heads.forEach((head, at) => head.querySelector('button').addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of heads) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const key = row => {
      const cell = row.cells[at];
      return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
    };
    const by = (a, b) => typeof a === 'number' && typeof b === 'number'
      ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    body.append(...[...body.rows].sort((a, b) => by(key(a), key(b)) * (up ? 1 : -1)));
  }));

  const tools = document.createElement('div');
  tools.className = 'tools';
  if (table.classList.contains('long')) {
    const box = document.createElement('input'), found = document.createElement('output');
    box.type = 'search';
    box.placeholder = 'rows with …';
    box.setAttribute('aria-label', 'Show the rows that contain');
    box.addEventListener('input', () => {
      const wanted = box.value.trim().toLowerCase();
      let shown = 0;
      for (const row of body.rows) {
        row.hidden = ![...row.cells].some(cell => cell.textContent.toLowerCase().includes(wanted));
        shown += !row.hidden;
      }
      found.textContent = wanted ? `${shown} of ${body.rows.length} rows` : '';
    });
    tools.append(box, found);
  }
  const named = () => heads.map(head => head.textContent);
  // A vector has a column for each of its coordinates, as in tables of influencers.
  const csv = () => {
    const rows = [...body.rows].map(row => [...row.cells].map(value));
    const wide = heads.map((_, at) => Math.max(0, ...rows.map(row => Array.isArray(row[at]) ? row[at].length : 0)));
    // A spreadsheet would run a text that begins like a formula: it stands behind an apostrophe, as in other tables of big.
    const runs = cell => typeof cell === 'string' && /^'*\s*[=+\-@＝＋－＠]/.test(cell) && Number.isNaN(Number(cell));
    const guarded = cell => runs(cell) ? `'${cell}` : String(cell);
    const quote = text => /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    const header = named().flatMap((name, at) => wide[at] ? Array.from({ length: wide[at] }, (_, k) => `${name}_${k}`) : [name]);
    const lines = rows.map(row => row.flatMap((cell, at) => {
      const cells = Array.isArray(cell) ? cell : [cell];
      return wide[at] ? Array.from({ length: wide[at] }, (_, k) => cells[k] ?? '') : cells;
    }));
    return [header, ...lines].map(line => line.map(cell => quote(guarded(cell))).join(',') + '\n').join('');
  };
  const json = () => {
    const names = named();
    return JSON.stringify([...body.rows].map(row =>
      Object.fromEntries([...row.cells].map((cell, at) => [names[at], value(cell)]))), null, 1) + '\n';
  };
  const slug = caption.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40) || 'table';
  for (const [name, type, text] of [['CSV', 'text/csv', csv], ['JSON', 'application/json', json]]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.title = `Save this table as ${name}`;
    button.addEventListener('click', () => {
      const link = document.createElement('a');
      link.href = `data:${type};charset=utf-8,${encodeURIComponent(text())}`;
      link.download = `${slug}.${name.toLowerCase()}`;
      link.click();
    });
    tools.append(button);
  }
  table.parentNode.before(tools);
}
