{% macro assert_extracts_have_landed() -%}
    {#- on-run-start: an empty warehouse would build empty marts without a word. -#}
    {%- if execute and flags.WHICH in ['build', 'run', 'test'] -%}
        {%- set register = adapter.get_relation(database=target.database, schema='raw', identifier='extract') -%}
        {%- set n_extracts = run_query('select count(*) from raw.extract').columns[0].values()[0] if register is not none else 0 -%}
        {%- if n_extracts > 0 and var('as_of') is not none -%}
            {%- set first = run_query('select cast(min(extract_date) as varchar) from raw.extract').columns[0].values()[0] -%}
            {%- if var('as_of') | string < first -%}
                {{ exceptions.raise_compiler_error(
                    "Var as_of is " ~ var('as_of') ~ ", and the first extract was taken on " ~ first ~ ": there is nothing to build from.\n"
                    ~ "  What to do: name " ~ first ~ " or a later day, as YYYY-MM-DD."
                ) }}
            {%- endif -%}
        {%- endif -%}
        {%- if n_extracts == 0 -%}
            {{ exceptions.raise_compiler_error(
                "No extract has landed in " ~ target.path ~ ", so there is nothing to build from.\n"
                ~ "  What to do: put extract files into the drop folder '"
                ~ env_var('STAFF_MOBILITY_EXTRACTS', 'extracts/demo')
                ~ "' (STAFF_MOBILITY_EXTRACTS names another) and run dbt build again,\n"
                ~ "  or land a folder by hand: staff-mobility land <folder>."
            ) }}
        {%- endif -%}
    {%- endif -%}
    select 1
{%- endmacro %}

{% macro explain_failed_tests(results) -%}
    {#- on-run-end: dbt says how many rows failed; people need to know which, and what to do. Shows the test's own
        description and its first rows, which the tests select so that they hold no personal data. -#}
    {%- if execute -%}
        {%- for result in results if result.node.resource_type == 'test' and result.status in ['fail', 'warn'] -%}
            {%- set node = result.node -%}
            {{ log("\n" ~ (result.status | upper) ~ ": " ~ node.name, info=true) }}
            {%- set guidance = node.description or generic_test_guidance().get(node.test_metadata.name if node.test_metadata else none) -%}
            {%- if guidance -%}{{ log("  " ~ (guidance | trim | replace("\n", "\n  ")), info=true) }}{%- endif -%}
            {%- if node.relation_name -%}
                {%- set rows = run_query('select * from ' ~ node.relation_name ~ ' limit 5') -%}
                {%- for row in rows.rows -%}
                    {%- set cells = [] -%}
                    {%- for name in rows.column_names -%}{%- do cells.append(name ~ "=" ~ row[name]) -%}{%- endfor -%}
                    {{ log("  - " ~ (cells | join(", ")), info=true) }}
                {%- endfor -%}
                {{ log("  All rows: select * from " ~ node.relation_name ~ "\n", info=true) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro generic_test_guidance() -%}
    {{ return({
        'unique': "What: the values are unique.\nWhen it matters: rows would be counted twice.\nHow to fix: look at the doubled keys; in a seed, delete one; in a model, a join has multiplied rows.",
        'unique_combination': "What: the grain of the model holds: no two rows share these columns, none of them is null.\nWhen it matters: rows would be counted twice.\nHow to fix: look at the doubled keys; in a seed, delete one; in a model, a join has multiplied rows.",
        'not_null': "What: the column is always filled.\nWhen it matters: rows without it fall out of figures.\nHow to fix: find the delivered rows; a code or text is missing from the reference data, or the file is incomplete.",
        'accepted_values': "What: only known values occur.\nWhen it matters: an unknown value falls out of every group.\nHow to fix: if the value is right, add it to the reference data and to this list; else have the source corrected.",
        'relationships': "What: every key has its row in the other table.\nWhen it matters: the row would fall out of joins.\nHow to fix: add the missing key to the reference data, or correct it.",
        'text_matches': "What: codes have their fixed form.\nWhen it matters: a lost leading zero or a stray blank makes another code of it.\nHow to fix: export the file again with codes as text.",
    }) }}
{%- endmacro %}
