// Draws each projection from the table below it: one set of numbers, read twice.
"use strict";

const HEIGHT = 300;
const COLUMNS = ["usable", "receipts", "owed", "left", "atp"];

function readRows(table) {
  const rows = { days: [], marks: [] };
  for (const name of COLUMNS) rows[name] = [];
  for (const row of table.tBodies[0].rows) {
    rows.days.push(row.querySelector("time").dateTime);
    rows.marks.push(row.cells[row.cells.length - 1].textContent);
    row.querySelectorAll("data").forEach((cell, at) => rows[COLUMNS[at]].push(cell.value === "" ? null : Number(cell.value)));
  }
  return rows;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

// A day marked over the whole height, with its meaning written above the plot.
function drawMark(chart, cell, words, colour, line) {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const left = chart.valToPos(cell, "x", true);
  const width = chart.valToPos(cell + 1, "x", true) - left;
  const top = bbox.top - (16 * (2 - line) - 2) * ratio;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.globalAlpha = 0.25;
  ctx.fillRect(left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
  ctx.fillRect(left, top, 2 * ratio, bbox.top - top + bbox.height);
  ctx.font = `600 ${12 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  const isRight = left > bbox.left + bbox.width * 0.7;
  ctx.textAlign = isRight ? "right" : "left";
  ctx.fillText(words, left + (isRight ? -6 : 6) * ratio, top);
  ctx.restore();
}

function drawMarks(chart, rows, colour) {
  rows.marks.forEach((mark, cell) => {
    if (mark.includes("wanted")) drawMark(chart, cell, `wanted ${rows.days[cell]}`, colour("quiet"), 0);
    if (mark.includes("binds")) drawMark(chart, cell, `binds ${rows.days[cell]}`, colour("binding"), 1);
  });
}

function series(colour, rows) {
  const bars = uPlot.paths.bars({ size: [0.6, 24, 2], align: 1 });
  const stepped = uPlot.paths.stepped({ align: 1 });
  const said = (chart, value) => (value === null ? "–" : value.toLocaleString("en"));
  const saidDown = (chart, value) => said(chart, value && -value);
  return [
    { label: "Day", value: (chart, cell) => (cell === null ? "–" : rows.days[cell]) },
    { label: "Usable on hand", stroke: colour("usable"), fill: `${colour("usable")}33`, width: 1, paths: stepped, points: { show: false }, value: said },
    { label: "Receipts", stroke: colour("supply"), fill: colour("supply"), width: 0, paths: bars, points: { show: false }, value: said },
    { label: "Owed", stroke: colour("demand"), fill: colour("demand"), width: 0, paths: bars, points: { show: false }, value: saidDown },
    { label: "Left", stroke: colour("quiet"), dash: [4, 4], width: 1.5, paths: stepped, points: { show: false }, value: said },
    { label: "ATP", stroke: colour("atp"), width: 3, paths: stepped, points: { show: false }, value: said },
  ];
}

// Steps of the scale: never a part of a thing that is counted in whole ones.
function steps(rows) {
  if (!COLUMNS.every((name) => rows[name].every((value) => value === null || Number.isInteger(value)))) return {};
  const incrs = [];
  for (let unit = 1; unit < 1e15; unit *= 10) incrs.push(unit, 2 * unit, 5 * unit);
  return { incrs };
}

function options(width, rows, colour) {
  const axis = { stroke: colour("text"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") } };
  const isShort = width < 600;
  return {
    width,
    height: HEIGHT,
    padding: [36, 12, 0, 0],
    scales: { x: { time: false, range: [0, rows.days.length] } },
    cursor: { drag: { x: false, y: false }, y: false },
    axes: [
      { ...axis, incrs: isShort ? [28] : [7, 14, 28], values: (chart, cells) => cells.map((cell) => (rows.days[cell] || "").slice(5)) },
      { ...axis, ...steps(rows), size: 64, values: (chart, values) => values.map((value) => value.toLocaleString("en")) },
    ],
    series: series(colour, rows),
    hooks: {
      draw: [(chart) => drawMarks(chart, rows, colour)],
      ready: [(chart) => chart.setLegend({ idx: Math.max(0, rows.marks.findIndex((mark) => mark.includes("wanted"))) })],
    },
  };
}

function draw(figure) {
  const place = figure.querySelector(".chart");
  const rows = readRows(document.getElementById(figure.dataset.rows));
  const cells = rows.days.map((_, cell) => cell);
  const owed = rows.owed.map((quantity) => (quantity ? -quantity : 0));
  place.replaceChildren();
  new uPlot(options(place.clientWidth, rows, colours()), [cells, rows.usable, rows.receipts, owed, rows.left, rows.atp], place);
  figure.dataset.drawn = "yes";
}

function drawAll() {
  document.querySelectorAll("figure.projection").forEach(draw);
}

let widthDrawn = 0;
function redrawOnNewWidth() {
  if (document.documentElement.clientWidth === widthDrawn) return;
  widthDrawn = document.documentElement.clientWidth;
  drawAll();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("resize", () => requestAnimationFrame(redrawOnNewWidth));
redrawOnNewWidth();
