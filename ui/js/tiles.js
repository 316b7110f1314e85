// The map of tiles by keyboard: one stop for Tab, arrows from tile to tile, Home and End to its ends; Enter opens.
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIDEWAYS = 8; // a tile straight ahead is nearer than one that lies aside

for (const map of document.querySelectorAll("[data-tiles]")) {
  const tiles = [...map.querySelectorAll("a")];
  const enter = (tile) => { for (const other of tiles) other.tabIndex = other === tile ? 0 : -1; };
  const middle = (tile) => {
    const box = tile.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const next = (from, [right, down]) => {
    const [x, y] = middle(from);
    const far = (tile) => {
      const [toX, toY] = middle(tile);
      const ahead = (toX - x) * right + (toY - y) * down;
      const aside = Math.abs((toX - x) * down) + Math.abs((toY - y) * right);
      return ahead > 1 ? ahead + SIDEWAYS * aside : Infinity;
    };
    const nearest = tiles.reduce((best, tile) => (far(tile) < far(best) ? tile : best), from);
    return far(nearest) < Infinity ? nearest : from;
  };

  enter(tiles.find((tile) => tile.ariaCurrent) ?? tiles[0]);
  map.addEventListener("focusin", (event) => { if (event.target.matches("a")) enter(event.target); });
  map.addEventListener("click", (event) => {
    const chosen = event.target.closest("a");
    if (!chosen) return;
    for (const tile of tiles) tile.removeAttribute("aria-current");
    chosen.setAttribute("aria-current", "true");
  });
  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !event.target.matches("a")) return;
    const ends = { Home: tiles[0], End: tiles.at(-1) };
    const to = MOVES[event.key] ? next(event.target, MOVES[event.key]) : ends[event.key];
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
}
