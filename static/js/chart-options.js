/* Turns a small description into ECharts options. Colours are names of CSS custom properties, read at each draw.
   {kind: "stacked" | "bars" | "line" | "hbars" | "donut", categories: [...], unit, legend: true,
    series: [{name, values: [...], color: "b0", dashed, stack}], zones: [{from, to, color, name}],
    center: {value, label}, links: [url per category], series_links: [[url per category] per series]} */
window.chartOptions = (() => {
  const css = getComputedStyle(document.documentElement);
  const color = (name) => css.getPropertyValue(`--${name}`).trim();
  const number = (value) => (value ?? 0).toLocaleString("en", { maximumFractionDigits: 2 });
  const font = (size = 11.5, tone = "ink-3") => ({ color: color(tone), fontFamily: color("font"), fontSize: size });

  const marks = () => ({ icon: "roundRect", itemWidth: 9, itemHeight: 9, textStyle: font(12, "ink-2") });
  const hasLegend = (spec) => spec.legend !== false && spec.series?.length > 1;
  // A legend that needs two rows on a phone pushes the plot down instead of lying on it.
  const legendRows = (spec, width) =>
    Math.ceil(spec.series.reduce((sum, one) => sum + 32 + String(one.name).length * 7.5, 0) / Math.max(width, 200));

  const base = (spec, still, width) => ({
    animation: !still, animationDuration: 250,
    textStyle: { fontFamily: color("font") },
    tooltip: {
      renderMode: "richText", // the default HTML tooltip breaks the security policy
      trigger: spec.kind === "donut" ? "item" : "axis",
      axisPointer: { type: spec.kind === "line" ? "line" : "shadow" },
      backgroundColor: color("surface"), borderColor: color("line-2"),
      textStyle: font(12, "ink"),
      confine: true,
      valueFormatter: number,
    },
    legend: {
      show: hasLegend(spec),
      left: 0, top: 0,
      itemGap: 16,
      ...marks(),
    },
    grid: { left: 4, right: spec.kind === "hbars" ? 44 : 12, bottom: 4, top: hasLegend(spec) ? 16 + 24 * legendRows(spec, width) : 14, containLabel: true },
  });

  const axes = (spec) => {
    const category = {
      type: "category",
      data: spec.categories,
      inverse: spec.kind === "hbars",
      boundaryGap: spec.kind !== "line",
      axisTick: { show: false },
      axisLine: { show: spec.kind !== "hbars", lineStyle: { color: color("line-2") } },
      axisLabel: { ...font(), width: window.innerWidth > 1180 ? 230 : 130, overflow: spec.kind === "hbars" ? "truncate" : "none", hideOverlap: true },
    };
    const value = {
      type: "value",
      min: spec.min,
      max: spec.max,
      scale: spec.kind === "line" && !spec.zones,
      axisLabel: { ...font(), show: spec.kind !== "hbars", formatter: number },
      splitLine: { show: spec.kind !== "hbars", lineStyle: { color: color("chart-grid") } },
    };
    return spec.kind === "hbars" ? { xAxis: value, yAxis: category } : { xAxis: category, yAxis: value };
  };

  const zones = (spec) =>
    spec.zones && {
      silent: true,
      data: spec.zones.map((zone) => [
        { yAxis: zone.from, name: zone.name, itemStyle: { color: color(zone.color) }, label: { ...font(), position: "insideTopLeft" } },
        { yAxis: zone.to },
      ]),
    };

  const draw = (spec) => (one, index) => {
    const shade = color(one.color || `chart-${(index % 6) + 1}`);
    if (spec.kind === "line") {
      return {
        type: "line", name: one.name, data: one.values, symbolSize: 5, showSymbol: Boolean(spec.zones),
        lineStyle: { width: one.dashed ? 1.5 : 2, type: one.dashed ? "dashed" : "solid", color: shade },
        itemStyle: { color: shade }, markArea: index === 0 ? zones(spec) : undefined,
      };
    }
    const data = one.values.map((value, at) => ({ value, itemStyle: one.colors ? { color: color(one.colors[at]) } : undefined }));
    return {
      type: "bar", name: one.name, data, stack: spec.kind === "stacked" ? "all" : undefined,
      barMaxWidth: spec.kind === "hbars" ? 10 : 24, barGap: "10%",
      itemStyle: { color: shade, borderRadius: spec.kind === "stacked" ? 1 : 2, borderColor: color("surface"), borderWidth: spec.kind === "stacked" ? 1 : 0 },
      label: { show: spec.kind === "hbars", position: "right", formatter: (item) => number(item.value), ...font(12, "ink-2") },
    };
  };

  const donut = (spec) => ({
    title: spec.center && { text: spec.center.value, subtext: spec.center.label, left: "29%", top: "40%", textAlign: "center", itemGap: 2, textStyle: { ...font(19, "ink"), fontWeight: 620 }, subtextStyle: font(12) },
    legend: { show: true, orient: "vertical", right: 4, top: "middle", ...marks() },
    series: [{
      type: "pie", radius: ["54%", "78%"], center: ["30%", "50%"], label: { show: false },
      data: spec.categories.map((name, at) => ({ name, value: spec.series[0].values[at], itemStyle: { color: color(spec.colors?.[at] || `chart-${at + 1}`), borderColor: color("surface"), borderWidth: 2 } })),
    }],
  });

  return (spec, still, width) =>
    spec.kind === "donut"
      ? { ...base(spec, still, width), ...donut(spec) }
      : { ...base(spec, still, width), ...axes(spec), series: spec.series.map(draw(spec)) };
})();
