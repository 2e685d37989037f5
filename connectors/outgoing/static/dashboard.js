// The slider without a button: fetch the same page for the chosen day and put its live parts in place.
"use strict";
(() => {
  const form = document.querySelector("form.when");
  const slider = document.getElementById("day");
  const words = document.getElementById("day-in-words");
  const said = document.getElementById("said");
  const dateField = document.getElementById("known-on");
  if (!form || !slider) return;
  document.documentElement.classList.add("scripted");

  const language = document.documentElement.lang === "sv" ? "sv-SE" : "en-GB";
  const inWords = new Intl.DateTimeFormat(language, { timeZone: "UTC", weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const dayOf = (number) => new Date(Date.parse(slider.dataset.first) + number * 86400000);
  let waiting = 0;
  let fetching = null;

  const sayDay = () => {
    const text = inWords.format(dayOf(Number(slider.value))).replace(",", "");
    words.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  };

  const addressOf = () => {
    const asked = new URLSearchParams(new FormData(form));
    asked.delete("day");
    asked.set("known-on", dayOf(Number(slider.value)).toISOString().slice(0, 10));
    return `${form.action}?${asked}`;
  };

  const show = async () => {
    fetching?.abort();
    fetching = new AbortController();
    const address = addressOf();
    document.getElementById("figures").setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: fetching.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const opened = [...document.querySelectorAll("details[open]")].map((one) => one.id);
      for (const fresh of page.querySelectorAll("[data-live]")) {
        document.getElementById(fresh.id)?.replaceWith(fresh);
      }
      for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
      document.title = page.title;
      dateField.value = page.getElementById("known-on").value;
      said.textContent = document.getElementById("figures").dataset.said;
      history.replaceState(null, "", address);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      document.getElementById("figures").removeAttribute("aria-busy");
      said.textContent = said.dataset.failed;
      said.classList.remove("unseen");
    }
  };

  slider.addEventListener("input", () => {
    sayDay();
    clearTimeout(waiting);
    waiting = setTimeout(show, 120);
  });
  document.getElementById("ages").addEventListener("change", (event) => event.target.form.requestSubmit());
})();
