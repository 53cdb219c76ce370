// Draws the charts of a page from the data beside them. Without it people have the tables of the same figures.
(() => {
  const DIGITS = 3;
  const UNITS = {
    bytes: [[1e18, "EB"], [1e15, "PB"], [1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [0, "bytes"]],
    count: [[1e12, "trillion"], [1e9, "billion"], [1e6, "million"], [0, ""]],
  };

  const digits = (value) =>
    value.toLocaleString("en-US", { maximumSignificantDigits: Math.abs(value) < 1000 ? DIGITS : 15, maximumFractionDigits: 2 });

  const words = (unit, value) => {
    if (value === null || value === undefined) return "—";
    if (unit === "share") return `${(value * 100).toLocaleString("en-US", { maximumFractionDigits: 3 })}%`;
    if (!UNITS[unit]) return `${unit} ${value.toLocaleString("en-US", { maximumFractionDigits: 2 })}`;
    const [size, word] = UNITS[unit].find(([least]) => Math.abs(value) >= least * 0.9995);
    return `${digits(size ? value / size : value)} ${word}`.trim();
  };

  const short = (unit, value) => {
    if (UNITS[unit] || unit === "share") return words(unit, value);
    return words("count", value);
  };

  // What the tooltip says, built of elements: no markup comes from names.
  const told = (data, points) => {
    const box = document.createElement("div");
    const head = box.appendChild(document.createElement("strong"));
    head.textContent = points[0].axisValueLabel;
    const known = points.filter((point) => typeof point.value === "number");
    const line = (name, value) => {
      box.appendChild(document.createElement("br"));
      box.appendChild(document.createTextNode(`${name}: ${words(data.unit, value)}`));
    };
    const parts = known.filter((point) => !data.series[point.seriesIndex].bound);
    if (data.kind === "stack" && parts.length > 1) line("All", parts.reduce((sum, point) => sum + point.value, 0));
    known.forEach((point) => line(point.seriesName, point.value));
    return box;
  };

  const series = (data, ink) => {
    const bounds = data.series.filter(({ bound }) => bound).length;
    return data.series.map(({ name, values, bound }, at) => {
      const last = bound && bounds > 1 && at === data.series.length - 1;
      const color = bound ? (last ? "#dc2626" : ink) : undefined;
      return {
        name,
        data: values,
        type: data.kind === "lines" || bound ? "line" : "bar",
        stack: data.kind === "stack" && !bound ? "all" : undefined,
        barMaxWidth: 40,
        showSymbol: !bound && data.periods.length < 40,
        symbol: bound ? "none" : undefined,
        itemStyle: color ? { color } : undefined,
        // Lines that lie on each other are both seen.
        lineStyle: bound ? { type: last ? "dotted" : "dashed", width: 2, color } : { width: 2, type: at ? "dashed" : "solid" },
        emphasis: { focus: "series" },
      };
    });
  };

  // Shares that are all alike are still told apart, and none is drawn above all or below nothing.
  const step = ({ min, max }) => (max - min < 0.005 ? 0.001 : 0.01);
  const shares = {
    min: (found) => Math.max(0, Math.floor(found.min / step(found) - 0.2) * step(found)),
    max: (found) => Math.min(1, Math.ceil(found.max / step(found) + 0.2) * step(found)),
  };

  const option = (data, ink, grid) => ({
    animation: false,
    color: ["#2563eb", "#0d9488", "#d97706", "#7c3aed", "#db2777", "#65a30d", "#0284c7", "#b45309", "#64748b", "#9333ea"],
    textStyle: { fontFamily: "inherit" },
    title: { show: false, left: 0, top: 30, textStyle: { color: ink, fontSize: 14 } },
    backgroundColor: "transparent",
    grid: { left: 8, right: 44, top: 64, bottom: 56, containLabel: true },
    legend: { type: "scroll", top: 0, left: 0, right: 0, textStyle: { color: ink }, pageTextStyle: { color: ink } },
    toolbox: {
      right: 0,
      top: 28,
      iconStyle: { borderColor: ink },
      feature: { dataZoom: { yAxisIndex: "none", title: { zoom: "Zoom", back: "Zoom back" } }, restore: { title: "Show all" } },
    },
    tooltip: { trigger: "axis", confine: true, axisPointer: { type: data.kind === "lines" ? "line" : "shadow" }, formatter: (points) => told(data, points) },
    dataZoom: [{ type: "slider", bottom: 8, height: 24, showDetail: false }, { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false }],
    xAxis: { type: "category", data: data.periods, axisLabel: { color: ink, hideOverlap: true }, axisLine: { lineStyle: { color: grid } } },
    yAxis: {
      type: "value",
      ...(data.unit === "share" ? shares : { boundaryGap: [0, "5%"] }),
      axisLabel: { color: ink, formatter: (value) => short(data.unit, value) },
      splitLine: { lineStyle: { color: grid } },
    },
    series: series(data, ink),
  });

  const drawn = new Map();

  const draw = (element) => {
    const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
    const dark = document.documentElement.classList.contains("dark");
    drawn.get(element)?.dispose();
    element.hidden = false;
    const chart = window.echarts.init(element, dark ? "dark" : null);
    chart.setOption(option(data, dark ? "#e5e7eb" : "#374151", dark ? "#4b5563" : "#d1d5db"));
    drawn.set(element, chart);
  };

  const save = (button, element) => {
    const dark = document.documentElement.classList.contains("dark");
    const chart = drawn.get(element);
    const text = button.dataset.chartCaption;
    const link = document.createElement("a");
    // A picture leaves its page and so says what it shows, where the tools stood.
    chart.setOption({ title: { show: true, text } });
    link.href = chart.getDataURL({ pixelRatio: 2, backgroundColor: dark ? "#111827" : "#ffffff", excludeComponents: ["toolbox", "dataZoom"] });
    chart.setOption({ title: { show: false } });
    link.download = `${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")}.png`;
    link.click();
  };

  window.addEventListener("DOMContentLoaded", () => {
    if (!window.echarts) return;
    const elements = [...document.querySelectorAll("[data-chart]")];
    elements.forEach(draw);
    for (const button of document.querySelectorAll("[data-chart-png]")) {
      button.hidden = false;
      const element = elements.find((each) => each.dataset.chart === button.dataset.chartPng);
      button.addEventListener("click", () => save(button, element));
    }
    window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
    let dark = document.documentElement.classList.contains("dark");
    new MutationObserver(() => {
      if (dark === document.documentElement.classList.contains("dark")) return;
      dark = !dark;
      elements.forEach(draw);
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  });
})();
