with

robust as (

    select * from {{ ref('stat_robustness') }}

),

coefficients as (

    select * from {{ ref('mart_statistics__coefficient') }}

),

methods as (

    select * from {{ ref('robustness_method') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        {{ result_record('robust') }},
        coefficients.analysis_type,
        coefficients.outcome_variable,
        coefficients.outcome_variable_label_nb,
        coefficients.outcome_variable_label_en,
        robust.term,
        coefficients.term_label_nb,
        coefficients.term_label_en,
        robust.method,
        coalesce(methods.label_nb, robust.method) as method_label_nb,
        coalesce(methods.label_en, robust.method) as method_label_en,
        methods.sort_order as method_sort_order,
        robust.left_out_institution as left_out_institution_key,
        institutions.short_name as left_out_short_name,
        robust.estimate,
        robust.std_error,
        robust.statistic,
        robust.degrees_of_freedom,
        robust.p_value,
        {{ is_significant('robust.p_value') }} as is_significant,
        robust.ci_low,
        robust.ci_high,
        case
            when robust.status <> 'ok' or coefficients.result_status <> 'ok' then null
            -- A joint test of groups has no sign, and leaving one institution out has no p value.
            else
                coalesce(sign(robust.estimate) = sign(coefficients.estimate), true)
                and coalesce(({{ is_significant('robust.p_value') }}) = coefficients.is_significant, true)
        end as is_same_verdict,
        {{ run_record() }}

    from robust
    inner join coefficients
        on robust.analysis_id = coefficients.analysis_id
        and robust.term = coefficients.term
    left join methods on robust.method = methods.method
    left join institutions on robust.left_out_institution = institutions.institution_key
    left join variables as subsets on robust.subset = subsets.variable
    cross join runs

)

select * from final
