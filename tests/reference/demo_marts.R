# Reference values of the statistics step: every correlation, group difference and regression of the analysis plan on the
# demonstration marts, computed row by row in R. tests/campaigns/r_reference.py writes the input and calls this script.
#   Rscript demo_marts.R <folder with analyses.json, reports.csv, institutions.csv> <output csv>
suppressPackageStartupMessages({
  library(clubSandwich)
  library(jsonlite)
  library(lme4)
})
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
reports <- read.csv(file.path(folder, "reports.csv"), na.strings = "")
institutions <- read.csv(file.path(folder, "institutions.csv"), na.strings = "")
analyses <- fromJSON(file.path(folder, "analyses.json"), simplifyVector = FALSE)

values <- list()
keep <- function(id, term, method, statistic, value) {
  values[[length(values) + 1]] <<- data.frame(
    analysis_id = id, term = term, method = method, statistic = statistic, value = format(value, digits = 15)
  )
}
z <- function(column) (column - mean(column)) / sqrt(mean((column - mean(column))^2))
rows_of <- function(analysis, columns) {
  frame <- if (analysis$level == "institution") institutions else reports
  frame <- frame[!(frame$sender %in% unlist(analysis$leave_out)), c("sender", "person"[analysis$level == "report"], columns)]
  frame[complete.cases(frame), ]
}

correlation <- function(analysis) {
  rows <- rows_of(analysis, c(analysis$x, analysis$y))
  x <- rows[[analysis$x]]
  y <- rows[[analysis$y]]
  pearson <- cor.test(x, y)
  keep(analysis$id, "", "pearson", "n", nrow(rows))
  keep(analysis$id, "", "pearson", "estimate", pearson$estimate)
  keep(analysis$id, "", "pearson", "p", pearson$p.value)
  keep(analysis$id, "", "pearson", "low", pearson$conf.int[1])
  keep(analysis$id, "", "pearson", "high", pearson$conf.int[2])
  for (method in c("spearman", "kendall")) {
    ranks <- cor.test(x, y, method = method, exact = FALSE)
    keep(analysis$id, "", method, "estimate", ranks$estimate)
    keep(analysis$id, "", method, "p", ranks$p.value)
  }
  pearson$p.value
}

difference <- function(analysis) {
  rows <- rows_of(analysis, c(analysis$group, analysis$y))
  table <- anova(lm(rows[[analysis$y]] ~ factor(rows[[analysis$group]])))
  keep(analysis$id, "", "anova", "n", nrow(rows))
  keep(analysis$id, "", "anova", "f", table[["F value"]][1])
  keep(analysis$id, "", "anova", "df_between", table[["Df"]][1])
  keep(analysis$id, "", "anova", "df_within", table[["Df"]][2])
  keep(analysis$id, "", "anova", "p", table[["Pr(>F)"]][1])
  table[["Pr(>F)"]][1]
}

regression <- function(analysis) {
  x <- unlist(analysis$x)
  rows <- rows_of(analysis, c(x, analysis$y))
  scaled <- as.data.frame(lapply(rows[c(x, analysis$y)], z))
  scaled$sender <- rows$sender
  scaled$person <- paste(rows$sender, rows$person)
  formula <- reformulate(x, analysis$y)
  fit <- lm(formula, scaled)
  found <- summary(fit)
  limits <- confint(fit)
  keep(analysis$id, "", "ols", "n", nrow(rows))
  keep(analysis$id, "", "ols", "adjusted_r2", found$adj.r.squared)
  plain <- lm(formula, rows)
  clustered <- list(
    cr2 = coef_test(fit, vcovCR(fit, scaled$sender, "CR2"), test = "Satterthwaite"),
    # Stata's CR1, judged by the normal distribution.
    cr1 = coef_test(fit, vcovCR(fit, scaled$sender, "CR1S"), test = "z")
  )
  # clubSandwich's CR3 has no factor; that of the jackknife is (G - 1) / G.
  groups <- length(unique(scaled$sender))
  jackknife <- sqrt(diag(vcovCR(fit, scaled$sender, "CR3")) * (groups - 1) / groups)
  for (term in x) {
    keep(analysis$id, term, "ols", "estimate", coef(fit)[term])
    keep(analysis$id, term, "ols", "coefficient", coef(plain)[term])
    keep(analysis$id, term, "ols", "se", found$coefficients[term, "Std. Error"])
    keep(analysis$id, term, "ols", "p", found$coefficients[term, "Pr(>|t|)"])
    keep(analysis$id, term, "ols", "low", limits[term, 1])
    keep(analysis$id, term, "ols", "high", limits[term, 2])
    keep(analysis$id, term, "ols", "vif", 1 / (1 - summary(lm(reformulate(setdiff(x, term), term), scaled))$r.squared))
    at <- match(term, names(coef(fit)))
    keep(analysis$id, term, "cr2", "se", clustered$cr2$SE[at])
    keep(analysis$id, term, "cr2", "df", clustered$cr2$df[at])
    keep(analysis$id, term, "cr2", "p", clustered$cr2$p_Satt[at])
    keep(analysis$id, term, "cr1", "se", clustered$cr1$SE[at])
    keep(analysis$id, term, "cr1", "p", clustered$cr1$p_z[at])
    keep(analysis$id, term, "cr3", "se", jackknife[at])
  }
  effects <- list(mixed_institution = "(1 | sender)", mixed_institution_person = "(1 | sender) + (1 | person)")
  for (method in names(effects)) {
    mixed <- suppressMessages(lmer(
      as.formula(paste(analysis$y, "~", paste(c(x, effects[[method]]), collapse = " + "))), scaled,
      control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12))
    ))
    estimates <- coef(summary(mixed))
    for (term in x) {
      keep(analysis$id, term, method, "estimate", estimates[term, "Estimate"])
      keep(analysis$id, term, method, "se", estimates[term, "Std. Error"])
    }
  }
  found$coefficients[x, "Pr(>|t|)"]
}

families <- list()
for (analysis in analyses) {
  p <- switch(analysis$kind, correlation = correlation(analysis), difference = difference(analysis), regression = regression(analysis))
  names(p) <- if (analysis$kind == "regression") unlist(analysis$x) else ""
  p <- p[names(p) %in% unlist(analysis$tested)]
  key <- paste(analysis$kind, analysis$family)
  families[[key]] <- rbind(families[[key]], data.frame(id = analysis$id, term = names(p), p = unname(p)))
}
for (family in families) {
  for (method in c("holm", "BH")) {
    corrected <- p.adjust(family$p, method)
    for (at in seq_along(corrected)) keep(family$id[at], family$term[at], method, "p", corrected[at])
  }
}
write.csv(do.call(rbind, values), arguments[2], row.names = FALSE, quote = FALSE)
