with

numbers as (

    select * from {{ ref('text_number') }}

),

published as (

    select * from {{ ref('published_value') }}

),

place_words as (

    select * from {{ ref('place_word') }}

),

table_rows as (

    select * from {{ ref('mart_replication__row') }}

),

sides as (

    select
        *,
        'numerator' as side,
        numerator_rows as patterns
    from numbers

    union all

    select
        *,
        'denominator' as side,
        denominator_rows as patterns
    from numbers
    where denominator_rows is not null

),

patterns as (

    select
        *,
        unnest(from_json(patterns, '["json"]')) as pattern
    from sides

),

cells as (

    select
        patterns.value_id,
        patterns.side,
        patterns.aggregate,
        table_rows.row_json is not null as is_picked,
        {{ cell_of_row('table_rows.row_json', 'patterns.column_name') }} as cell,
        coalesce({{ cell_of_row('table_rows.row_json', 'patterns.weight_column') }}, 1.0) as weight
    from patterns
    inner join table_rows
        on
        patterns.model_name = table_rows.model_name
        and {{ row_is_picked('table_rows.row_json', 'patterns.pattern') }}

),

summed as (

    select
        value_id,
        side,
        case aggregate
            when 'sum' then {{ exact_sum('cell', 18) }}
            when 'mean' then {{ exact_weighted_mean('cell', 'weight') }}
            when 'lowest' then min(cell)
            when 'highest' then max(cell)
            when 'count' then sum(cast(is_picked as double))
        end as amount
    from cells
    group by value_id, side, aggregate

),

divided as (

    select
        numbers.value_id,
        denominators.amount as number_base,
        numbers.number_scale
        * case
            when numbers.denominator_rows is null then numerators.amount
            else {{ share('numerators.amount', 'denominators.amount') }}
        end as number_value
    from numbers
    left join summed as numerators
        on numbers.value_id = numerators.value_id and numerators.side = 'numerator'
    left join summed as denominators
        on numbers.value_id = denominators.value_id and denominators.side = 'denominator'

),

final as (

    select
        divided.value_id,
        {{ place_in_words('published') }},
        published.label_nb as value_label_nb,
        published.label_en as value_label_en,
        published.sort_order as value_sort_order,
        divided.number_value,
        published.unit,
        divided.number_base
    from divided
    inner join published on divided.value_id = published.value_id
    left join place_words on split_part(published.report_place, ' ', 1) = place_words.place_word

)

select * from final
