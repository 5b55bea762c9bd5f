
  document.addEventListener("DOMContentLoaded", () => {
    const data = JSON.parse(document.getElementById("data").textContent);
    themeButton();
    document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
    document.querySelectorAll(".scroll").forEach(makeCopied);
    document.querySelectorAll(".chart").forEach((host, index) => tellMarks(host, drawnMarks(host, data.charts[index])));
    for (const host of document.querySelectorAll(".choices")) makeChoices(host, data.choices[host.dataset.of]);
  });
})();
