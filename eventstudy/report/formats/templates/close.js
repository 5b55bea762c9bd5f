
  document.addEventListener("DOMContentLoaded", () => {
    const data = JSON.parse(document.getElementById("data").textContent);
    themeButton();
    document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
    document.querySelectorAll(".scroll").forEach(makeCopied);
    document.querySelectorAll(".chart").forEach((host, index) => {
      if (data.charts[index].texts.length) tellMarks(host, drawnMarks(host, data.charts[index]));
    });
    followContents();
    for (const host of document.querySelectorAll(".choices")) makeChoices(host, data.choices[host.dataset.of]);
  });
})();
