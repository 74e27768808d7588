with

differences as (

    select * from {{ ref('mart_statistics__estimate_difference') }}

),

changes as (

    select * from {{ ref('estimate_change') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

place_words as (

    select * from {{ ref('place_word') }}

),

-- The study's own estimates; what robust methods give is in the mart.
shown as (

    select * from differences
    where
        measure in ('pearson_r', 'f_value', 'adjusted_r_squared', 'beta_std')
        and estimate_change <> 'same'

),

final as (

    select
        shown.analysis_id,
        {{ place_in_words('shown') }},
        {{ named_in_words('shown', 'term', 'variables') }},
        shown.measure,
        shown.estimate_change,
        changes.label_nb as estimate_change_label_nb,
        changes.label_en as estimate_change_label_en,
        shown.previous_estimate,
        shown.estimate,
        shown.estimate_difference,
        shown.previous_p_value,
        shown.p_value,
        shown.previous_n_observations,
        shown.n_observations,
        shown.is_sign_changed,
        shown.is_significance_changed,
        -- What changes a conclusion comes first, then what has changed most.
        cast(row_number() over (
            order by
                case when coalesce(shown.is_sign_changed, false) or coalesce(shown.is_significance_changed, false) then 0 else 1 end asc,
                abs(shown.estimate_difference) desc nulls first,
                shown.analysis_id asc, shown.term asc, shown.measure asc
        ) as integer) as row_sort_order

    from shown
    inner join changes on shown.estimate_change = changes.estimate_change
    left join variables on shown.term = variables.variable
    left join place_words on split_part(shown.report_place, ' ', 1) = place_words.place_word

)

select * from final
