{#- Parallel sums of doubles depend on the order of the rows, so two builds would differ in the last digits.
    Sums run over decimals, which are exact, and the division comes last. -#}

{% macro exact_mean(expression) -%}
    cast(sum(cast({{ expression }} as decimal(38, 18))) as double) / nullif(count({{ expression }}), 0)
{%- endmacro %}

{% macro exact_sum(expression) -%}
    cast(sum(cast({{ expression }} as decimal(38, 9))) as double)
{%- endmacro %}

{% macro share(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}
