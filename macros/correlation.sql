{#- Pearson's r over exact sums, so that two builds give the same digits. A model gives a step `pairs` with the columns of
    `by`, x, y and n_participants, without nulls; the macro gives the steps after it, of which `correlated` holds the
    columns of `by`, n_pairs and pearson_r. Without variation in x or y there is no r. -#}

{% macro pearson_steps(by) -%}
    {%- set groups = by | join(', ') %}
averaged as (

    select
        {{ groups }},
        {{ exact_weighted_mean('x', 'n_participants') }} as mean_x,
        {{ exact_weighted_mean('y', 'n_participants') }} as mean_y
    from pairs
    group by {{ groups }}

),

-- Centred first: the products stay small, and twelve decimals hold more than the twelfth digit of r.
centred as (

    select
        {% for column in by %}
        pairs.{{ column }},
        {%- endfor %}
        cast(pairs.x - averaged.mean_x as decimal(14, 12)) as deviation_x,
        cast(pairs.y - averaged.mean_y as decimal(14, 12)) as deviation_y,
        cast(pairs.n_participants as decimal(9, 6)) as n_participants
    from pairs
    inner join averaged
        on {% for column in by %}{{ 'and ' if not loop.first }}pairs.{{ column }} = averaged.{{ column }} {% endfor %}

),

multiplied as (

    select
        {{ groups }},
        {{ exact_sum('n_participants') }} as n_pairs,
        cast(sum(deviation_x * deviation_y * n_participants) as double) as sum_xy,
        cast(sum(deviation_x * deviation_x * n_participants) as double) as sum_xx,
        cast(sum(deviation_y * deviation_y * n_participants) as double) as sum_yy
    from centred
    group by {{ groups }}

),

correlated as (

    select
        {{ groups }},
        n_pairs,
        sum_xy / nullif(sqrt(sum_xx) * sqrt(sum_yy), 0) as pearson_r
    from multiplied

)
{%- endmacro %}
