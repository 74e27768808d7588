# Three numbers of the report, with R: from PostgreSQL, or from the published DuckDB file.
#
#     Rscript clients/numbers.R postgresql://kari@db.example.org/agency
#     Rscript clients/numbers.R warehouse/published
#
# Debian: apt-get install r-cran-dbi r-cran-rpostgresql. CRAN: install.packages(c("DBI", "duckdb")).

library(DBI)

address <- commandArgs(trailingOnly = TRUE)[1]
if (startsWith(address, "postgresql://")) {
  connection <- dbConnect(RPostgreSQL::PostgreSQL(), dbname = address)
  invisible(dbExecute(connection, "set search_path to staff_mobility"))
} else {
  connection <- dbConnect(duckdb::duckdb(), dbdir = file.path(address, "marts.duckdb"), read_only = TRUE)
}

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
question <- paste(readLines(file.path(dirname(script), "numbers.sql")), collapse = "\n")
numbers <- dbGetQuery(connection, question)
invisible(dbDisconnect(connection))

# With all digits: R itself would write fifteen.
numbers$value <- ifelse(is.na(numbers$value), NA, sprintf("%.17g", numbers$value))
write.csv(numbers, stdout(), row.names = FALSE, na = "", quote = 2)
