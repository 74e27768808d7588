with

coefficients as (

    select * from {{ ref('mart_statistics__coefficient') }}
    where
        is_tested
        -- Single items stand in table T.13: the methods that a verdict needs are not there for ordered models.
        and analysis_type <> 'ordered_logit'

),

robust as (

    select * from {{ ref('mart_statistics__robustness') }}

),

per_coefficient as (

    select
        analysis_id,
        term,
        max(case when method = 'cluster_cr2' then p_value end) as cr2_p_value,
        max(case when method = 'wild_bootstrap' then p_value end) as wild_p_value,
        max(case when method = 'mixed_institution' then p_value end) as mixed_p_value,
        max(case when method = 'leave_one_out_low' then estimate end) as lowest_estimate,
        max(case when method = 'leave_one_out_low' then left_out_institution_key end) as lowest_without_institution_key,
        max(case when method = 'leave_one_out_high' then estimate end) as highest_estimate,
        max(case when method = 'leave_one_out_high' then left_out_institution_key end) as highest_without_institution_key,
        min(case when method in ('cluster_cr2', 'wild_bootstrap', 'leave_one_out') then result_reason end) as robust_reason
    from robust
    group by analysis_id, term

),

-- Which two p values must confirm the published one, and which corrected one. Institutions are their own observations: the rank
-- correlation stands in for methods on dependent reports. Groups have one joint test and no sign.
weighed as (

    select
        coefficients.*,
        per_coefficient.cr2_p_value,
        per_coefficient.wild_p_value,
        per_coefficient.mixed_p_value,
        per_coefficient.lowest_estimate,
        per_coefficient.lowest_without_institution_key,
        per_coefficient.highest_estimate,
        per_coefficient.highest_without_institution_key,
        per_coefficient.robust_reason,
        case
            when coefficients.analysis_type = 'group_difference' then per_coefficient.wild_p_value
            when coefficients.analysis_type = 'correlation' and coefficients.level = 'institution' then coefficients.spearman_p_value
            else per_coefficient.cr2_p_value
        end as first_p_value,
        case
            when coefficients.analysis_type = 'correlation' and coefficients.level = 'institution' then coefficients.spearman_p_value
            else per_coefficient.wild_p_value
        end as second_p_value,
        case
            when coefficients.analysis_type = 'correlation' and coefficients.level = 'institution' then coefficients.p_value
            else coefficients.holm_p_value
        end as corrected_p_value,
        case
            when coefficients.analysis_type <> 'group_difference'
                then
                    sign(per_coefficient.lowest_estimate) = sign(coefficients.estimate)
                    and sign(per_coefficient.highest_estimate) = sign(coefficients.estimate)
        end as is_sign_stable
    from coefficients
    left join per_coefficient
        on coefficients.analysis_id = per_coefficient.analysis_id
        and coefficients.term = per_coefficient.term

),

-- The first that fits. What is known to fail fails, even if another method has no result.
judged as (

    select
        *,
        case
            when result_status <> 'ok' or p_value is null then 'not_computable'
            when not is_significant then 'does_not_hold'
            when
                not coalesce({{ is_significant('first_p_value') }}, true)
                or not coalesce({{ is_significant('second_p_value') }}, true)
                then 'holds_naively_only'
            when first_p_value is null or second_p_value is null then 'not_computable'
            when not {{ is_significant('corrected_p_value') }} then 'holds_uncorrected_only'
            when analysis_type = 'group_difference' and corrected_p_value is not null then 'holds'
            when corrected_p_value is null or is_sign_stable is null then 'not_computable'
            when not is_sign_stable then 'depends_on_one_institution'
            else 'holds'
        end as verdict
    from weighed

),

final as (

    select
        analysis_id,
        report_place,
        family,
        level,
        subset,
        subset_label_nb,
        subset_label_en,
        formula,
        n_observations,
        n_clusters,
        analysis_type,
        outcome_variable,
        outcome_variable_label_nb,
        outcome_variable_label_en,
        term,
        term_label_nb,
        term_label_en,
        term_order,
        measure,
        estimate,
        p_value,
        spearman_p_value,
        cr2_p_value,
        wild_p_value,
        mixed_p_value,
        holm_p_value,
        lowest_estimate,
        lowest_without_institution_key,
        highest_estimate,
        highest_without_institution_key,
        is_sign_stable,
        verdict,
        case
            when verdict = 'not_computable'
                then coalesce(result_reason, robust_reason, 'A method that the verdict needs has no result.')
        end as result_reason,
        plan_version,
        code_version,
        extract_ids

    from judged

)

select * from final
