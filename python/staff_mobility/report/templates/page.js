"use strict";
// The style alone switches the language by the address (#en, #en-figure-2-1). This keeps the reader's place when
// the language changes, and tells assistive technology which language and which button is on.
(function () {
  var languages = Array.from(document.querySelectorAll("main.language"), function (main) { return main.id; });

  function shown() {
    var language = location.hash.slice(1).split("-")[0];
    return languages.indexOf(language) >= 0 ? language : document.documentElement.dataset.language;
  }

  function placeInView() {
    var articles = document.querySelectorAll("main#" + shown() + " article.figure");
    var reached = Array.from(articles).filter(function (article) {
      return article.getBoundingClientRect().top <= window.innerHeight / 3;
    });
    return reached.length && window.scrollY > 0 ? reached[reached.length - 1].id : shown();
  }

  function update() {
    var language = shown();
    document.documentElement.lang = language;
    document.title = document.querySelector("main#" + language + " h1").textContent;
    languages.forEach(function (each) {
      var button = document.getElementById("to-" + each);
      if (each === language) {
        button.setAttribute("aria-current", "true");
      } else {
        button.removeAttribute("aria-current");
      }
    });
  }

  document.documentElement.dataset.language = document.documentElement.lang;
  languages.forEach(function (language) {
    document.getElementById("to-" + language).addEventListener("click", function (event) {
      event.preventDefault();
      location.hash = placeInView().replace(/^[a-z]+/, language);
    });
  });
  window.addEventListener("hashchange", update);
  update();
})();
