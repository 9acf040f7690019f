/* Draws every [data-chart="id of its JSON"] once it comes into sight, again when the theme or the size changes.
   A click follows the link of that category, so that each figure leads to its list. */
(() => {
  const { library } = document.currentScript.dataset;
  let loading;
  const load = () =>
    (loading ??= new Promise((done) => {
      if (window.echarts) return done();
      const script = document.createElement("script");
      script.src = library;
      script.onload = done;
      document.head.append(script);
    }));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const drawn = new Map();
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => drawn.get(target)?.chart.resize()));
  const safe = (url) => typeof url === "string" && /^\/(?!\/)|^\?/.test(url);

  const draw = (box) => {
    if (drawn.has(box) || !window.echarts) return;
    const source = document.getElementById(box.dataset.chart);
    if (!source) return;
    const spec = JSON.parse(source.textContent);
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(window.chartOptions(spec, still, box.clientWidth));
    chart.on("click", ({ dataIndex, seriesIndex }) => {
      const url = spec.series_links?.[seriesIndex]?.[dataIndex] ?? spec.links?.[dataIndex];
      if (safe(url)) location.assign(url);
    });
    drawn.set(box, { chart, spec });
    box.dataset.drawn = "";
    sizes.observe(box);
  };
  const sight = new IntersectionObserver(
    (entries) =>
      entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => {
        sight.unobserve(target);
        load().then(() => draw(target));
      }),
    { rootMargin: "200px" },
  );
  const find = () => document.querySelectorAll("[data-chart]:not([data-drawn])").forEach((box) => sight.observe(box));

  document.addEventListener("theme:changed", () =>
    drawn.forEach(({ chart, spec }, box) => chart.setOption(window.chartOptions(spec, true, box.clientWidth), { notMerge: true })));
  document.addEventListener("htmx:after:swap", () => {
    drawn.forEach(({ chart }, box) => {
      if (box.isConnected) return;
      chart.dispose();
      sizes.unobserve(box);
      drawn.delete(box);
    });
    find();
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll("[data-chart]").forEach(draw));
  // Whoever begins to use the page may print it: by then the library should be there.
  for (const sign of ["pointerdown", "keydown", "scroll"]) addEventListener(sign, load, { once: true, passive: true });
  find();
})();
