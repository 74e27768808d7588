with

published as (

    select * from {{ ref('published_value') }}

),

readings as (

    select * from {{ ref('reading') }}

),

comparators as (

    select * from {{ ref('comparator') }}

),

conflicts as (

    select * from {{ ref('known_conflict') }}

),

table_rows as (

    select
        model_name,
        row_json
    from {{ ref('mart_replication__row') }}

    union all
    {{ rows_as_json(['tab_t_16_numbers_in_text', 'tab_t_17_claims_in_text']) | indent(4) }}

),

read_values as (

    select
        published.*,
        readings.reading,
        case when readings.has_printed_headers then published.outcome_as_printed else published.outcome_as_corrected end as published_outcome,
        case
            when readings.has_printed_headers then coalesce(published.computed_row_as_printed, published.computed_row)
            else published.computed_row
        end as row_pattern
    from published
    cross join readings

),

-- A pattern that picks two rows doubles the value, and the test of the grain stops the build.
found as (

    select
        read_values.*,
        table_rows.row_json is not null as is_found,
        read_values.computed_scale
        * {{ cell_of_row('table_rows.row_json', 'read_values.computed_column') }} as computed_value
    from read_values
    left join table_rows
        on
        read_values.computed_in = table_rows.model_name
        and {{ row_is_picked('table_rows.row_json', 'read_values.row_pattern') }}

),

measured as (

    select
        *,
        computed_value - cast(published_value as double) as value_difference,
        round(
            (computed_value - cast(published_value as double)) * power(10, printed_decimals), {{ var('replication_decimals') }}
        ) as difference_in_units,
        round(
            (computed_value - cast(published_value as double)) / nullif(abs(cast(published_value as double)), 0),
            {{ var('replication_decimals') }}
        ) as difference_share
    from found

),

-- A p value printed as zero is one below half a unit, not one that rounds to it from above.
judged as (

    select
        measured.*,
        comparators.half_units_allowed is not null as is_near_allowed,
        case measured.comparator
            when 'claim' then measured.computed_value = 1
            when 'less' then measured.difference_in_units < 0
            when 'greater' then measured.difference_in_units > 0
            when 'eq'
                then
                    case
                        when measured.statistic = 'p_value' and measured.published_value = 0
                            then 2 * measured.difference_in_units < comparators.half_units_allowed
                        else 2 * abs(measured.difference_in_units) <= comparators.half_units_allowed
                    end
            else
                measured.difference_share between -comparators.share_below_allowed and comparators.share_above_allowed
        end as is_within
    from measured
    inner join comparators on measured.comparator = comparators.comparator

),

final as (

    select
        judged.value_id,
        judged.reading,
        judged.sort_order as value_sort_order,
        judged.chapter,
        judged.report_place,
        judged.statistic,
        judged.published_outcome,
        judged.institution_key,
        judged.label_nb as value_label_nb,
        judged.label_en as value_label_en,
        cast(judged.published_value as double) as published_value,
        judged.published_text,
        judged.printed_decimals,
        judged.comparator,
        judged.unit,
        judged.certainty,
        judged.computed_in,
        judged.row_pattern as computed_row,
        judged.computed_column,
        judged.computed_value,
        judged.value_difference,
        judged.difference_in_units,
        case
            when judged.computed_value is null then 'not_computable'
            when judged.is_within then 'within_precision'
            when judged.is_near_allowed and abs(judged.difference_in_units) <= {{ var('replication_units') }} then 'within_k_units'
            else 'differs'
        end as replication_verdict,
        case
            when judged.computed_value is not null then null
            when judged.computed_in is null then judged.not_computable_reason
            when not judged.is_found then 'no_row'
            else 'no_value'
        end as not_computable_reason,
        conflicts.conflict_key,
        conflicts.explanation_nb,
        conflicts.explanation_en

    from judged
    left join conflicts on judged.value_id = conflicts.value_id

)

select * from final
